import { isJsonObject, isList, type JsonObject } from './wire.ts';

/** One attribute on the wire: `{ S: 'text' }`, `{ N: '12' }`, `{ B: 'base64' }` and so on. */
export type AttributeValue = JsonObject;

/** A whole item, or its key, as the wire carries it. */
export type Item = Readonly<Record<string, AttributeValue>>;

export function isItem(value: unknown): value is Item {
  return isJsonObject(value) && Object.values(value).every(isJsonObject);
}

/** The named attributes of the item, or `undefined` if one of them is missing. */
export function pick(item: Item, names: readonly string[]): Item | undefined {
  const picked: Record<string, AttributeValue> = {};
  for (const name of names) {
    const value = item[name];
    if (value === undefined) return undefined;
    picked[name] = value;
  }
  return picked;
}

/**
 * Bytes of an item as DynamoDB bills and limits it: UTF-8 names and values, a number as half its significant
 * digits plus one, three bytes plus one per member for lists and maps ("DynamoDB item sizes and formats").
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

function valueSize(value: AttributeValue): number {
  const [type, content] = Object.entries(value)[0] ?? [];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return numberSize(String(content));
    case 'B':
      return Buffer.byteLength(String(content), 'base64');
    case 'SS':
    case 'NS':
    case 'BS':
      return sum(isList(content) ? content : [], (member) => valueSize({ [type.charAt(0)]: member }));
    case 'L':
      return (
        3 +
        sum(isList(content) ? content : [], (member) => 1 + (isJsonObject(member) ? valueSize(member) : 0))
      );
    case 'M':
      return 3 + (isItem(content) ? Object.keys(content).length + itemSize(content) : 0);
    default:
      return 1;
  }
}

function numberSize(text: string): number {
  const [mantissa = ''] = text.toLowerCase().split('e');
  const significant = mantissa.replace(/[-+.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(significant.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function sum<T>(members: readonly T[], size: (member: T) => number): number {
  return members.reduce((total, member) => total + size(member), 0);
}
