import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eventTypes, upcastTo } from './event-types.ts';

const third = z.object({ minor: z.string(), currency: z.string() });
const second = upcastTo(third, z.object({ cents: z.int(), currency: z.string() }), ({ cents, currency }) => ({
  minor: String(cents),
  currency,
}));
const first = upcastTo(second, z.object({ cents: z.int() }), ({ cents }) => ({ cents, currency: 'USD' }));
const paid = { 'paid.v1': first, 'paid.v2': second, 'paid.v3': third };
const events = eventTypes({ ...paid, 'closed.v1': z.object({}) });

describe('an event of a published version', () => {
  it('is understood as one of the latest, by every upcast on the way', () => {
    const latest = { type: 'paid.v3', data: { minor: '12', currency: 'USD' } };
    expect(events.understand({ type: 'paid.v1', data: { cents: 12 } })).toEqual(latest);
    expect(events.understand({ type: 'paid.v2', data: { cents: 12, currency: 'USD' } })).toEqual(latest);
    expect(events.understand(latest)).toEqual(latest);
  });

  it('means the same in whichever version it was written', () => {
    fc.assert(
      fc.property(fc.integer(), (cents) => {
        const [one, two] = [first.raise({ cents }), second.raise({ cents, currency: 'USD' })];
        expect(second.raise(one ?? {})).toEqual(two);
        expect(events.understand({ type: 'paid.v1', data: { cents } })?.data).toEqual(two);
      }),
    );
  });

  it('is understood by what its own version says alone: nothing of a later one is let in', () => {
    const data = { cents: 12, currency: 'EUR', minor: '99' };
    expect(events.understand({ type: 'paid.v1', data })?.data).toEqual({ minor: '12', currency: 'USD' });
  });

  it.each([
    ['a version not known yet', 'paid.v4', { minor: '1', currency: 'USD' }],
    ['an unknown event', 'opened.v1', {}],
    ['no version', 'paid', { cents: 1 }],
    ['data of a later version', 'paid.v1', { minor: '1', currency: 'USD' }],
    ['data that fits no version', 'paid.v2', { cents: 1 }],
    ['the name of a member of every object', 'constructor', {}],
  ])('is not understood with %s', (_, type, data) => {
    expect(events.understand({ type, data })).toBeUndefined();
  });
});

describe('a catalogue', () => {
  it.each([
    ['lacks a version below another', { 'paid.v2': second, 'paid.v3': third }, 'paid.v2'],
    ['has two latest versions', { 'paid.v1': z.object({}), 'paid.v2': z.object({}) }, 'paid.v1'],
    ['leads past a version', { ...paid, 'paid.v1': second }, 'paid.v1'],
    ['leads to a version that is not there', { 'paid.v1': second }, 'paid.v1'],
    ['has a type without a version', { paid: third }, 'paid'],
  ])('that %s is refused, and the type at fault is named', (_, catalogue, type) => {
    expect(() => eventTypes(catalogue)).toThrow(
      expect.objectContaining({
        code: 'invalid_event_types',
        message: expect.stringContaining(`"${type}"`),
      }),
    );
  });

  it('tells the schema of every version', () => {
    expect([...events.schemas.keys()]).toEqual(['paid.v1', 'paid.v2', 'paid.v3', 'closed.v1']);
    expect(events.schemas.get('paid.v1')?.safeParse({ cents: 1 }).success).toBe(true);
  });
});
