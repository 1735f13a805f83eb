/**
 * The service spreads items by the "effective partition key" (EPK): MurmurHash3 x64-128 of the typed key, its two
 * halves swapped, the top two bits cleared, as upper-case hex. This is partition key version 2, the same function as
 * `utils/hashing/v2` inside @azure/cosmos, so feed ranges and bulk grouping computed by the SDK agree with ours.
 */
export function hashPartitionKeyValue(value: string | number | boolean | null | undefined): string {
  const [h1, h2] = murmur128(typedBytes(value));
  return (hex(h2 & 0x3fffffffffffffffn) + hex(h1)).toUpperCase();
}

function typedBytes(value: string | number | boolean | null | undefined): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.of(0x08), Buffer.from(value), Buffer.of(0xff)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes[0] = 0x05;
    bytes.writeDoubleLE(value, 1);
    return bytes;
  }
  if (typeof value === 'boolean') return Buffer.of(value ? 0x03 : 0x02);
  return Buffer.of(value === null ? 0x01 : 0x00);
}

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

function murmur128(bytes: Buffer): [bigint, bigint] {
  let h1 = 0n;
  let h2 = 0n;
  const blocks = bytes.length - (bytes.length % 16);
  for (let i = 0; i < blocks; i += 16) {
    h1 ^= mixFirst(bytes.readBigUInt64LE(i));
    h1 = u64(rotate(h1, 27n) + h2);
    h1 = u64(h1 * 5n + 0x52dce729n);
    h2 ^= mixSecond(bytes.readBigUInt64LE(i + 8));
    h2 = u64(rotate(h2, 31n) + h1);
    h2 = u64(h2 * 5n + 0x38495ab5n);
  }
  const tail = Buffer.alloc(16);
  bytes.copy(tail, 0, blocks);
  h2 ^= mixSecond(tail.readBigUInt64LE(8));
  h1 ^= mixFirst(tail.readBigUInt64LE(0));
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  h1 = finish(h1);
  h2 = finish(h2);
  h1 = u64(h1 + h2);
  return [h1, u64(h2 + h1)];
}

function mixFirst(k: bigint): bigint {
  return u64(rotate(u64(k * C1), 31n) * C2);
}

function mixSecond(k: bigint): bigint {
  return u64(rotate(u64(k * C2), 33n) * C1);
}

function finish(h: bigint): bigint {
  let mixed = h ^ (h >> 33n);
  mixed = u64(mixed * 0xff51afd7ed558ccdn);
  mixed ^= mixed >> 33n;
  mixed = u64(mixed * 0xc4ceb9fe1a85ec53n);
  return mixed ^ (mixed >> 33n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64((value << bits) | (value >> (64n - bits)));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
