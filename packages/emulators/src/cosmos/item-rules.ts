import { Refused } from './answer.ts';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';

/** The most UTF-8 bytes of an item's JSON, and of a batch request: 2 MB (service limits, "Per-item limits"). */
export const maximumItemBytes: number = 2 * 1024 * 1024;

/** The most UTF-8 bytes of an id (service limits, "Per-item limits"). */
export const maximumIdBytes = 1023;

/** Parses an item's JSON text and holds it to the service's rules. */
export function parseItem(text: string): JsonObject & { readonly id: string } {
  const item = parseJson(text);
  if (!isJsonObject(item))
    throw new Refused(400, 'The request payload is invalid: an item is a JSON object.');
  checkItem(item, Buffer.byteLength(text));
  return item;
}

/** @throws Refused 413 above 2 MB, 400 for an id that is missing, too long or has a forbidden character. */
export function checkItem(
  item: JsonObject,
  bytes: number,
): asserts item is JsonObject & { readonly id: string } {
  if (bytes > maximumItemBytes) {
    throw new Refused(
      413,
      `Request size is too large: the item has ${bytes} bytes, the limit is ${maximumItemBytes}.`,
    );
  }
  const id = item.id;
  if (typeof id !== 'string' || id === '') {
    throw new Refused(
      400,
      "The input content is invalid because the required properties - 'id; ' - are missing.",
    );
  }
  checkId(id);
}

/** @throws Refused 400 for an id of an item, container or database that the service would not take. */
export function checkId(id: string): void {
  if (Buffer.byteLength(id) > maximumIdBytes) {
    throw new Refused(400, `The id has ${Buffer.byteLength(id)} bytes; the limit is ${maximumIdBytes}.`);
  }
  if (/[/\\#?]/.test(id)) {
    throw new Refused(
      400,
      `The id ${JSON.stringify(id)} contains one of the characters / \\ # ?, which are not allowed.`,
    );
  }
}
