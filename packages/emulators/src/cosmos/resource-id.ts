/** `_rid` of a database: 4 bytes. The service writes base64 with `-` for `/`. */
export function databaseRid(ordinal: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(ordinal);
  return encode(bytes);
}

/** `_rid` of a container: its database's bytes and 4 of its own, the top bit set. The SDK wants exactly 8 bytes. */
export function containerRid(database: number, ordinal: number): string {
  return encode(containerBytes(database, ordinal));
}

/** `_rid` of an item: 16 bytes; the last 8 grow with the order of creation, read little-endian as the SDK does. */
export function itemRid(database: number, container: number, ordinal: number): string {
  const own = Buffer.alloc(8);
  own.writeBigUInt64LE(BigInt(ordinal));
  return encode(Buffer.concat([containerBytes(database, container), own]));
}

function containerBytes(database: number, ordinal: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(database);
  bytes.writeUInt32BE((0x80000000 | ordinal) >>> 0, 4);
  return bytes;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('/', '-');
}
