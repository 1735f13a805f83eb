/** A JSON number as it was written. `JSON.parse` alone would turn `0.1000000000000000055` into `0.1`. */
export class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * Whether JSON text has arrays or objects nested deeper than so many levels. To be asked before a stranger's text
 * is parsed: what recurses over the value must not be led to the end of its stack.
 */
export function isNestedDeeper(text: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === ']' || character === '}') depth -= 1;
    else if (character === '[' || character === '{') depth += 1;
    if (depth > levels) return true;
  }
  return false;
}

/** Where a number can stand in JSON, outside of a string or seemingly so. */
const mayHoldNumber = /(?:^|[:[,])[ \t\r\n]*-?\d/;

/**
 * Parses JSON and keeps every number as the text it was written in, so that an amount is judged on what the
 * client sent and never passes through a float (`JSON.parse` source text access, ES2026).
 * @throws SyntaxError where the text is not JSON; RangeError where it holds numbers and is nested some thousands of levels deep.
 */
export function parseJson(text: string): unknown {
  // A reviver costs more than all the parsing, and most bodies have their amounts in strings.
  if (!mayHoldNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value,
  );
}

/** The keys sorted. A sort allocates more than all the rest of a command's fingerprint, so it is spared where it can be. */
function inOrder(keys: string[]): readonly string[] {
  const isSorted = keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key);
  return isSorted ? keys : keys.sort();
}

function isMembers(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: unknown): value is { readonly [member: string]: unknown } {
  return isMembers(value) && !Array.isArray(value);
}

/** Text that JSON has as it is, between quotes: most of it, and told faster than `JSON.stringify` writes it. */
const unescaped = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return unescaped.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * JSON with object keys sorted, so that equal values give equal text whatever order they were built in.
 * Members that are `undefined` are left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isMembers(value)) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const key of inOrder(Object.keys(value))) {
    const member = value[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${quoted(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Whether two JSON values are the same, whatever order their members are in: `canonicalJson` of both would be. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isMembers(a) || !isMembers(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  for (const key in a) if (!sameJson(a[key], b[key])) return false;
  for (const key in b) if (a[key] === undefined && b[key] !== undefined) return false;
  return true;
}
