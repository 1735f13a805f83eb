import { expect, test } from 'vitest';
import { asTheHostWrites } from './host-dates.ts';

const handed = (text: string) => asTheHostWrites({ data: { at: [text] } });
const told = (text: string) => ({ data: { at: [text] } });

test.each([
  ['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:00Z'],
  ['2026-11-25T12:00:10.120Z', '2026-11-25T12:00:10.12Z'],
  ['2026-11-25T12:00:10.123Z', '2026-11-25T12:00:10.123Z'],
  ['2026-11-25T12:00:10.1234560Z', '2026-11-25T12:00:10.123456Z'],
  ['2026-11-25T12:00:00z', '2026-11-25T12:00:00Z'],
  ['0099-02-28T24:00:00Z', '0099-03-01T00:00:00Z'],
  ['2028-02-29T12:00:00.500', '2028-02-29T12:00:00.5'],
  ['2026-11-25T00:30:00.500+02:00', '2026-11-24T22:30:00.5+00:00'],
  ['2026-12-31T23:30:00-0130', '2027-01-01T01:00:00+00:00'],
  ['2026-11-25T12:00:00+02', '2026-11-25T10:00:00+00:00'],
  ['2026-11-25T12:00:00+00:00', '2026-11-25T12:00:00+00:00'],
])('the date %s is handed over as %s', (written, read) => {
  expect(handed(written)).toEqual(told(read));
});

test.each([
  '2026-11-25',
  '2026-11-25 12:00:00.000Z',
  '2026-11-25t12:00:00.000Z',
  '2026-11-25T12:00Z',
  '2026-11-25T12:00:00.Z',
  '2026-11-25T12:00:00.00000000Z',
  '2026-11-25T12:00:00.000 Z',
  '2027-02-29T12:00:00.000Z',
  '2026-13-01T12:00:00.000Z',
  '2026-11-25T24:00:01.000Z',
  '2026-11-25T24:00:00.100Z',
  '2026-11-25T12:60:00.000Z',
  '0000-01-01T00:00:00.000Z',
  ' 2026-11-25T12:00:00.000Z',
  '{"time":"2026-11-25T12:00:00.000Z"}',
])('%s is no date to the host, and is handed over as it is', (text) => {
  expect(handed(text)).toEqual(told(text));
});

test('numbers, names and what is null are handed over as they are', () => {
  const document = { '2026-11-25T12:00:00.000Z': null, n: [1.5, 1e21, 0, true], deep: { empty: {} } };
  expect(asTheHostWrites(document)).toEqual(document);
});
