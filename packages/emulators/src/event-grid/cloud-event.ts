/** A CloudEvent 1.0 in JSON format, extension attributes and all, as it came. */
export type CloudEventJson = Readonly<Record<string, unknown>>;

/** Takes a JSON value for a CloudEvent 1.0, or says why it is none (CloudEvents JSON format 1.0.2). */
export function readCloudEvent(
  value: unknown,
): { readonly event: CloudEventJson } | { readonly fault: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'an event is a JSON object' };
  }
  const event: CloudEventJson = { ...value };
  const fault = faultOfAttributes(event) ?? faultOfExtensions(event);
  return fault === undefined ? { event } : { fault };
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function faultOfAttributes(event: CloudEventJson): string | undefined {
  if (event.specversion !== '1.0') return `specversion is "1.0", not ${JSON.stringify(event.specversion)}`;
  for (const name of ['id', 'source', 'type']) {
    const attribute = event[name];
    if (typeof attribute !== 'string' || attribute === '') return `${name} is a string and not empty`;
  }
  for (const name of ['subject', 'datacontenttype', 'dataschema', 'data_base64']) {
    const attribute = event[name] ?? undefined;
    if (attribute !== undefined && typeof attribute !== 'string') return `${name} is a string`;
  }
  if (typeof event.time === 'string' ? !RFC_3339.test(event.time) : (event.time ?? undefined) !== undefined) {
    return `time is an RFC 3339 timestamp, not ${JSON.stringify(event.time)}`;
  }
  if (event.data !== undefined && event.data_base64 !== undefined) {
    return 'data and data_base64 exclude each other';
  }
  return undefined;
}

function faultOfExtensions(event: CloudEventJson): string | undefined {
  for (const [name, attribute] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (!/^[a-z0-9]+$/.test(name)) return `the attribute name ${JSON.stringify(name)} is not of a-z and 0-9`;
    if (typeof attribute === 'object' && attribute !== null)
      return `the attribute ${name} is not a plain value`;
  }
  return undefined;
}
