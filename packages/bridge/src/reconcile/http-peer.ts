import type * as z from 'zod';
import { askCell, type CellAddress } from '../ask-cell.ts';
import { maxKeyedEvents, maxRanges } from './limits.ts';
import type { Peer } from './peer.ts';
import type { DigestsRequest, KeysRequest, StreamsRequest } from './wire.ts';

/** Loaded with the first request: a function that starts need not wait for it. */
const wire = (): Promise<typeof import('./wire.ts')> => import('./wire.ts');

export type HttpPeerOptions = CellAddress;

/**
 * Asks another cell about its log, over its own ingress and so without Event Grid: the client of
 * `reconcileEndpoint`. Nothing is tried again in here: whoever calls knows when.
 *
 * Throws PeerUnavailableError where no answer came, or a 408, 425, 429 or 5xx; PeerMisconfiguredError for any
 * other answer than what was asked for.
 */
export function httpPeer(cell: HttpPeerOptions): Peer {
  const ask = <Answer>(
    path: string,
    body: DigestsRequest | KeysRequest | StreamsRequest,
    format: z.ZodType<Answer>,
  ): Promise<Answer> => askCell(cell, `replication/${path}`, body, format);

  return {
    digests: async ({ origin, ranges }) => {
      const { digestsAnswer } = await wire();
      const { digests } = await ask('digests', { origin, ranges: ranges.slice(0, maxRanges) }, digestsAnswer);
      return digests;
    },

    keys: async (query) => {
      const { keysAnswer } = await wire();
      const { keys, next } = await ask('keys', query, keysAnswer);
      const items = keys.map((keyOfOrigin) => ({ ...keyOfOrigin, origin: query.origin }));
      return next === undefined ? { items } : { items, next };
    },

    events: async (keys) => {
      const { streamsAnswer } = await wire();
      const { events } = await ask('streams', { keys: keys.slice(0, maxKeyedEvents) }, streamsAnswer);
      return events;
    },

    read: async (stream) => {
      const { streamsAnswer } = await wire();
      const events: unknown[] = [];
      let after: string | undefined;
      do {
        const page = await ask('streams', { stream, ...(after !== undefined && { after }) }, streamsAnswer);
        events.push(...page.events);
        after = page.next;
      } while (after !== undefined);
      return events;
    },
  };
}
