import {
  type Aggregate,
  createMemoryStore,
  createService,
  type EventOf,
  eventTypes,
  refuse,
  systemRuntime,
} from '@twinlog/core';
import * as z from 'zod';

// What an account may spend, in whole cents. Spending holds a part of the limit, releasing gives it back.
type LimitCommand = { readonly type: 'open' | 'raise' | 'spend' | 'release'; readonly cents: number };
const cents = z.object({ cents: z.int().positive() });
const events = eventTypes({
  'opened.v1': cents,
  'raised.v1': cents,
  'spent.v1': cents,
  'released.v1': cents,
});
type LimitEvent = EventOf<typeof events>;
type Limit = { readonly limit: number; readonly spent: number };
const eventOf = { open: 'opened.v1', raise: 'raised.v1', spend: 'spent.v1', release: 'released.v1' } as const;
const accountLimit: Aggregate<Limit, LimitCommand, LimitEvent> = {
  name: 'limit',
  typePrefix: 'com.example.limit',
  opening: 'opened.v1',
  events,
  decide: ({ type, cents }) => ({ type: eventOf[type], data: { cents } }),
  evolve: (state, { type, data: { cents } }) => {
    if (type === 'opened.v1')
      return state ? refuse('limit_exists', 'It is open.') : { limit: cents, spent: 0 };
    if (state === undefined) return refuse('limit_not_found', 'It was never opened.');
    const { limit, spent } = state;
    switch (type) {
      case 'raised.v1':
        return { limit: limit + cents, spent };
      case 'spent.v1':
        if (spent + cents > limit) return refuse('limit_exceeded', `Only ${limit - spent} cents are left.`);
        return { limit, spent: spent + cents };
      case 'released.v1':
        if (cents > spent) return refuse('release_exceeds_spent', `Only ${spent} cents are spent.`);
        return { limit, spent: spent - cents };
    }
  },
};

// The same clock, fold, idempotency and service carry it.
const cell = { origin: 'aws-us-east-1.1', assignment: '1.aws-us-east-1', runtime: systemRuntime };
const limits = createService({ aggregate: accountLimit, store: createMemoryStore(), ...cell });
const send = (commandId: string, type: LimitCommand['type'], cents: number) =>
  limits.execute({ stream: 'limit-7', account: 'account-7', commandId, command: { type, cents } });

await send('open-1', 'open', 100_00);
const spent = await send('spend-1', 'spend', 70_00);
const again = await send('spend-1', 'spend', 70_00);
const tooMuch = await send('spend-2', 'spend', 30_01);

export { accountLimit, again, spent, tooMuch };
