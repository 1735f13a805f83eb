import type { DeadLetters } from '@twinlog/bridge';
import { type EventStore, StoreUnavailableError } from '@twinlog/core';
import type { DeliveryFault, PublishFault } from '@twinlog/emulators';
import type { Random } from '@twinlog/simulator';

/** How often each fault strikes, from 0 to 1. */
export interface FaultRates {
  /** A publish request: throttled, failed, refused, or its connection broken before or after it was taken. */
  readonly publish: number;
  /** A delivery: lost, doubled, held back, shuffled. */
  readonly delivery: number;
  /** A webhook's answer: a status of any class instead of what it did, before or after it did it. */
  readonly webhook: number;
  /** A write to a store: throttled, or acknowledged to nobody. */
  readonly store: number;
  /** A dead letter that cannot be kept. */
  readonly deadLetters: number;
  /** An invocation of a relay that comes to nothing, or that another worker makes as well. */
  readonly trigger: number;
  /** A poison record among the changes. */
  readonly poison: number;
}

export const soakRates: FaultRates = {
  publish: 0.1,
  delivery: 0.05,
  webhook: 0.05,
  store: 0.0005,
  deadLetters: 0.2,
  trigger: 0.03,
  poison: 0.02,
};

export const noFaults: FaultRates = {
  publish: 0,
  delivery: 0,
  webhook: 0,
  store: 0,
  deadLetters: 0,
  trigger: 0,
  poison: 0,
};

/** How often each fault has struck, by name. */
export type FaultCounts = Map<string, number>;

export type Note = (fault: string) => void;

export function noteIn(counts: FaultCounts): Note {
  return (fault) => void counts.set(fault, (counts.get(fault) ?? 0) + 1);
}

export function publishFault(random: Random, rate: number, note: Note): () => PublishFault | undefined {
  return () => {
    if (!random.chance(rate)) return undefined;
    const fault = random.pick<PublishFault>([
      { kind: 'throttle' },
      { kind: 'answer', status: 500 },
      { kind: 'answer', status: 503 },
      { kind: 'answer', status: 401 },
      { kind: 'answer', status: 413 },
      { kind: 'resetBefore' },
      { kind: 'resetAfter' },
    ]);
    note(`publish ${fault.kind === 'answer' ? fault.status : fault.kind}`);
    return fault;
  };
}

export function deliveryFault(random: Random, rate: number, note: Note): () => DeliveryFault | undefined {
  return () => {
    if (!random.chance(rate)) return undefined;
    const fault = random.pick<DeliveryFault>([
      { kind: 'drop' },
      { kind: 'duplicate', times: 2 },
      { kind: 'delay', ms: 60_000 },
      { kind: 'reorder' },
    ]);
    note(`delivery ${fault.kind}`);
    return fault;
  };
}

/** Of every class; those that Event Grid never tries again among them. */
const statuses = [206, 301, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504] as const;

type Handler = (request: Request) => Promise<Response>;

/** A webhook that answers now and then with a status of its own, before it did its work or after. */
export function faultyWebhook(receive: Handler, random: Random, rate: number, note: Note): Handler {
  return async (request) => {
    if (request.method !== 'POST' || !random.chance(rate)) return receive(request);
    const status = statuses[random.int(statuses.length)] ?? 503;
    const isDone = random.chance(0.5);
    note(`webhook ${status}${isDone ? ' after its work' : ''}`);
    if (isDone) await receive(request);
    return new Response(null, { status });
  };
}

/** A store that fails now and then, before it has written or after. */
export function faultyStore(store: EventStore, random: Random, rate: number, note: Note): EventStore {
  return {
    ...store,
    insert: async (event) => {
      if (!random.chance(rate)) return store.insert(event);
      const isWritten = random.chance(0.5);
      note(isWritten ? 'store acknowledgement lost' : 'store throttled');
      if (isWritten) await store.insert(event);
      throw new StoreUnavailableError('An injected fault.');
    },
  };
}

export function faultyDeadLetters<Letters extends Pick<DeadLetters, 'put'>>(
  deadLetters: Letters,
  random: Random,
  rate: number,
  note: Note,
): Letters {
  return {
    ...deadLetters,
    put: async (letter) => {
      if (random.chance(rate)) {
        note('dead-letter store down');
        throw new StoreUnavailableError('An injected fault.');
      }
      await deadLetters.put(letter);
    },
  };
}
