/** What Newtonsoft.Json takes for a date: 19 to 40 characters in the form of ISO 8601 (`DateTimeUtils.TryParseDateTime`). */
const isoDate = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?$/;

/**
 * JSON as the Functions host hands it on. The Cosmos DB extension makes objects of it and text again
 * (`CosmosdbTriggerValueBinder`, `JArray.FromObject`), and by default Newtonsoft.Json reads whatever looks like a date as
 * one, and writes it in its own way: without zeros at the end of its fraction, and another offset in the host's own, UTC.
 */
export function throughTheHost(value: unknown): unknown {
  if (typeof value === 'string') return dateAnew(value);
  if (Array.isArray(value)) return value.map(throughTheHost);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, throughTheHost(member)]));
}

function dateAnew(text: string): string {
  const [, seconds = '', digits = '', zone = ''] = isoDate.exec(text) ?? [];
  if (seconds === '' || Number.isNaN(Date.parse(text))) return text;
  const trimmed = digits.replace(/0+$/, '');
  const fraction = trimmed === '' ? '' : `.${trimmed}`;
  if (zone === '' || zone === 'Z') return seconds + fraction + zone;
  return `${new Date(`${seconds}${zone}`).toISOString().slice(0, 19)}${fraction}+00:00`;
}
