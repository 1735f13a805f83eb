import { expect, test } from 'vitest';
import { hashPartitionKeyValue } from './effective-partition-key.ts';

// Computed with hashV2PartitionKey of @azure/cosmos 4.10.1 (dist/esm/utils/hashing/v2.js, which it does not export).
const ofTheSdk: readonly [string | number | boolean | null | undefined, string][] = [
  ['a', '3A5381E1114EB8D3FCC90795045B49B7'],
  ['account-1', '01BD3FA73C00583ACCE601B740E9BF8D'],
  ['', '32E9366E637A71B4E710384B2F4970A0'],
  ['üñí-€-😀', '2C16EB119C243E8F9E9EEDC0E2B10A61'],
  [42, '08E6D561F6FD951DCC25E7E4EA2884B5'],
  [-1.5, '151793206780805FF6E1DCAE6C787B6A'],
  [true, '0E711127C5B5A8E4726AC6DD306A3E59'],
  [null, '378867E4430E67857ACE5C908374FE16'],
  [undefined, '11622DAA78F835834610ABE56EFF5CB5'],
  ['x'.repeat(150), '165D5EACD9E5ED8FE2683C0B57ED57CC'],
];

test.each(ofTheSdk)('the effective partition key of %j is the one the SDK computes', (value, expected) => {
  expect(hashPartitionKeyValue(value)).toBe(expected);
});
