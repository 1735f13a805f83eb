import { describe, expect, it } from 'vitest';
import { instantField, normalInstant, recordedInstant } from './instant.ts';

describe('a time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31T12:00:00.999999Z', '2026-01-31T12:00:00.999Z'],
    ['2026-01-31T12:00:00+00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
  ])('%s has the normal form %s', (text, normal) => {
    expect(normalInstant(text)).toBe(normal);
    expect(normalInstant(normal)).toBe(normal);
    expect(recordedInstant.safeParse(normal).success).toBe(true);
    expect(recordedInstant.safeParse(text).success).toBe(text === normal);
  });

  it.each([
    '',
    'tomorrow',
    '2026-01-31',
    '2026-01-31T12:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00+01:00',
    '2026-01-31T12:00:00-00:00',
    '2026-02-30T12:00:00Z',
    '2025-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-12-31T23:59:60Z',
    '+012026-01-31T12:00:00Z',
    ' 2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z\n',
  ])('is not %j', (text) => {
    expect(normalInstant(text)).toBeUndefined();
    expect(recordedInstant.safeParse(text).success).toBe(false);
  });

  it('that is none is refused with the text that was sent, cut short where it is long', () => {
    const messageFor = (text: string) => instantField.safeParse(text).error?.issues[0]?.message;
    expect(messageFor('soon')).toBe(
      '"soon" is not a time in RFC 3339 and UTC, such as "2026-01-31T12:00:00Z".',
    );
    expect(messageFor('x'.repeat(41))).toContain(`"${'x'.repeat(40)}…" is`);
    expect(messageFor('x'.repeat(40))).toContain(`"${'x'.repeat(40)}" is`);
  });
});
