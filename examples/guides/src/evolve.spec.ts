import { expect, test } from 'vitest';
import { paymentEvents } from './evolve.ts';

test('the oldest version climbs to the newest', () => {
  expect(paymentEvents.understand({ type: 'paid.v1', data: { cents: 450 } })).toEqual({
    type: 'paid.v3',
    data: { minor: '450', currency: 'USD' },
  });
});
