import { expect, test } from 'vitest';
import { throughTheHost } from './host-json.ts';

test.each([
  ['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:00Z'],
  ['2026-11-25T12:00:00.120Z', '2026-11-25T12:00:00.12Z'],
  ['2026-11-25T12:00:00.123Z', '2026-11-25T12:00:00.123Z'],
  ['2026-11-25T12:00:00.10', '2026-11-25T12:00:00.1'],
  ['2026-11-25T14:30:00.50+02:30', '2026-11-25T12:00:00.5+00:00'],
  ['2026-11-25', '2026-11-25'],
  ['2026-13-25T12:00:00.000Z', '2026-13-25T12:00:00.000Z'],
  ['at 2026-11-25T12:00:00.000Z', 'at 2026-11-25T12:00:00.000Z'],
])('the host makes of the text %s, wherever it stands, %s', (stored, handed) => {
  const document = (text: string) => ({ id: '1', many: [{ text }, text, 1.5, null, true] });
  expect(throughTheHost(document(stored))).toEqual(document(handed));
});
