import type * as z from 'zod';
import { sharedKeyHeader } from '../authorise.ts';
import { jsonIn } from '../json-endpoint.ts';
import type { Peer } from './peer.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from './peer-error.ts';
import {
  type DigestsRequest,
  digestsAnswer,
  type KeysRequest,
  keysAnswer,
  maxKeyedEvents,
  maxRanges,
  type StreamsRequest,
  streamsAnswer,
} from './wire.ts';

export interface HttpPeerOptions {
  /** Where the other cell answers, such as `https://cell.example.com`; a path in it is kept. */
  readonly url: string;
  /** The shared key that the other cell's `authorise` accepts. */
  readonly key: string;
  /** `globalThis.fetch`, or one with a time-out, a proxy or a simulated network. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Statuses after which the same request may succeed; so may it after any from 500 up. */
const transient: readonly number[] = [408, 425, 429];

/**
 * Asks another cell about its log, over its own ingress and so without Event Grid: the client of
 * `reconcileEndpoint`. Nothing is tried again in here: whoever calls knows when.
 *
 * Throws PeerUnavailableError where no answer came, or a 408, 425, 429 or 5xx; PeerMisconfiguredError for any
 * other answer than what was asked for.
 */
export function httpPeer({ url, key, fetch }: HttpPeerOptions): Peer {
  const base = url.endsWith('/') ? url : `${url}/`;

  async function ask<Answer>(
    path: string,
    body: DigestsRequest | KeysRequest | StreamsRequest,
    format: z.ZodType<Answer>,
  ): Promise<Answer> {
    const request = new Request(new URL(`replication/${path}`, base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', [sharedKeyHeader]: key },
      body: JSON.stringify(body),
      // The key is for this host alone.
      redirect: 'manual',
    });
    let status: number;
    let text: string;
    try {
      const response = await fetch(request);
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new PeerUnavailableError(`No answer from ${request.url}. Try again once it can be reached.`, {
        cause,
      });
    }
    if (status >= 500 || transient.includes(status)) {
      throw new PeerUnavailableError(`${request.url} answered ${status}. Try again later.`);
    }
    if (status !== 200)
      throw new PeerMisconfiguredError(`${request.url} answered ${status}. ${advice(status)}`);
    const answer = format.safeParse(jsonIn(text));
    if (answer.success) return answer.data;
    throw new PeerMisconfiguredError(
      `${request.url} answered something else than a cell does. Check the URL, and that both cells run the same version of Twinlog.`,
      { cause: answer.error },
    );
  }

  return {
    digests: async ({ origin, ranges }) => {
      const { digests } = await ask('digests', { origin, ranges: ranges.slice(0, maxRanges) }, digestsAnswer);
      return digests;
    },

    keys: async (query) => {
      const { keys, next } = await ask('keys', query, keysAnswer);
      const items = keys.map((keyOfOrigin) => ({ ...keyOfOrigin, origin: query.origin }));
      return next === undefined ? { items } : { items, next };
    },

    events: async (keys) => {
      const { events } = await ask('streams', { keys: keys.slice(0, maxKeyedEvents) }, streamsAnswer);
      return events;
    },

    read: async (stream) => {
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

function advice(status: number): string {
  if (status === 401 || status === 403) return 'Check the key: the other cell does not accept this one.';
  if (status === 404 || status === 405 || status < 400) return 'Check the URL: no cell answers there.';
  return 'Run the same version of Twinlog in both cells.';
}
