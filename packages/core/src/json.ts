/** A JSON number as it was written. `JSON.parse` alone would turn `0.1000000000000000055` into `0.1`. */
export class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * Parses JSON and keeps every number as the text it was written in, so that an amount is judged on what the
 * client sent and never passes through a float (`JSON.parse` source text access, ES2026).
 * @throws SyntaxError where the text is not JSON.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value,
  );
}

/**
 * JSON with object keys sorted, so that equal values give equal text whatever order they were built in.
 * Members that are `undefined` are left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: { readonly [key: string]: unknown } = { ...value };
  let text = '';
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
