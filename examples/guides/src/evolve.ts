import { eventTypes, upcastTo } from '@twinlog/core';
import * as z from 'zod';

// #region versions
// Today's version, and how each older one reads as the one that followed it.
const third = z.object({ minor: z.string(), currency: z.string() });
const second = upcastTo(third, z.object({ cents: z.int(), currency: z.string() }), ({ cents, currency }) => ({
  minor: String(cents),
  currency,
}));
const first = upcastTo(second, z.object({ cents: z.int() }), ({ cents }) => ({ cents, currency: 'USD' }));

export const paymentEvents = eventTypes({
  'paid.v1': first,
  'paid.v2': second,
  'paid.v3': third,
  'closed.v1': z.object({}),
});
// #endregion
