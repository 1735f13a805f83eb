const isoDate =
  /^(?!0000)(\d{4}-\d\d-\d\dT)(\d\d)(:\d\d:\d\d)(?:\.(\d{1,7}))?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?$/;

/**
 * A document as the host hands it to Node. The Cosmos DB extension has it read and written by Newtonsoft.Json
 * (`JObject`, `JArray.FromObject`) under the settings it has by itself, which take a text that looks like an ISO date
 * for a date: zeros at the end of the fraction are gone, and what has an offset comes in the host's own zone, in the
 * cloud that of UTC (Azure/Azure-Functions#1399, Azure/azure-webjobs-sdk-extensions#898; Newtonsoft's
 * `DateTimeUtils.TryParseDateTimeIso`, `DateTimeParser`, `WriteDefaultIsoDate`). Numbers are written otherwise, and
 * are the same to JavaScript. Not imitated: dates of the form `/Date(0)/`, and offsets that lead out of the years 1 to 9999.
 */
export function asTheHostWrites(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document), (_, value: unknown) =>
    typeof value === 'string' ? rewritten(value) : value,
  );
}

function rewritten(text: string): string {
  const [, date = '', hour = '', rest = '', digits = '', utc, sign, hours = '0', minutes = '0'] =
    isoDate.exec(text) ?? [];
  const fraction = digits.replace(/0+$/, '');
  const endOfDay = hour === '24';
  const written = `${date}${endOfDay ? '00' : hour}${rest}`;
  const instant = new Date(`${written}Z`);
  // A day that its month does not have would be one of the next month to JavaScript.
  if (date === '' || Number.isNaN(instant.getTime()) || secondsOf(instant) !== written) return text;
  if (endOfDay && (rest !== ':00:00' || fraction !== '')) return text;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  instant.setUTCMinutes(instant.getUTCMinutes() + (endOfDay ? 24 * 60 : 0) - offset);
  const zone = sign === undefined ? utc?.toUpperCase() : '+00:00';
  return `${secondsOf(instant)}${fraction && `.${fraction}`}${zone ?? ''}`;
}

function secondsOf(instant: Date): string {
  return instant.toISOString().slice(0, 19);
}
