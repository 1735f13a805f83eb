import { type DomainEvent, type EventStore, TwinlogError } from '@twinlog/core';
import type { Authorise } from '../authorise.ts';
import { answer, jsonEndpoint } from '../json-endpoint.ts';
import { wireSize } from '../relay.ts';
import { localPeer, type PeerLimits } from './peer.ts';
import type { DigestsAnswer, KeysAnswer, StreamsAnswer } from './wire.ts';

/** Loaded with the first request: a function that starts need not wait for it. */
const wire = (): Promise<typeof import('./wire.ts')> => import('./wire.ts');

export interface ReconcileEndpointOptions {
  readonly store: EventStore;
  readonly authorise: Authorise;
  /** 20,000 keys and 4 MiB of events for a request unless told. */
  readonly limits?: Partial<PeerLimits>;
}

/** The most bytes of a request: 100 keys of the longest streams take less. */
const maxRequestBytes = 262_144;

/**
 * Some seconds of a scan, where API Gateway waits for 29; and less than a Lambda function may answer with, 6 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const endpointLimits: PeerLimits = { maxKeys: 20_000, maxBytes: 4_194_304 };

/**
 * What a peer asks of this cell's log, for `httpPeer` at the other end: `POST` to `/replication/digests`,
 * `/replication/keys` or `/replication/streams`. It only reads.
 *
 * 200 with the answer. 400: the body breaks the format. 401: not an authorised cell. 404, 405: another path or
 * method. 413: above 256 KiB. 503: the store cannot be reached; ask again.
 */
export function reconcileEndpoint(
  options: ReconcileEndpointOptions,
): (request: Request) => Promise<Response> {
  const { store, authorise, limits } = options;
  const { maxKeys, maxBytes } = { ...endpointLimits, ...limits };
  const peer = localPeer(store, { maxKeys, maxBytes });

  const routes: Readonly<Record<string, (body: unknown) => Promise<object>>> = {
    '/replication/digests': async (body): Promise<DigestsAnswer> => ({
      digests: await peer.digests((await wire()).digestsRequest.parse(body)),
    }),
    '/replication/keys': async (body): Promise<KeysAnswer> => {
      const { items, next } = await peer.keys((await wire()).keysRequest.parse(body));
      const keys = items.map(({ stream, sequence, id }) => ({ stream, sequence, id }));
      return { keys, ...(next !== undefined && { next }) };
    },
    '/replication/streams': async (body): Promise<StreamsAnswer> => {
      const asked = (await wire()).streamsRequest.parse(body);
      if ('keys' in asked) return { events: await peer.events(asked.keys) };
      return streamPage(await store.read(asked.stream), asked.after, maxBytes);
    },
  };

  return jsonEndpoint({
    routes: Object.fromEntries(
      Object.entries(routes).map(([path, route]) => [path, async (body) => answer(200, await route(body))]),
    ),
    authorise,
    maxBytes: maxRequestBytes,
    sentences: {
      post: 'A log is asked by POST.',
      what: 'A request',
      unavailable: () => 'The log cannot be read now. Ask again.',
    },
    answerError: (error) =>
      error instanceof TwinlogError && error.code === 'invalid_cursor'
        ? answer(400, { error: error.message })
        : undefined,
  });
}

/** A stream's events in an order that cannot shift while somebody pages, one at least, from behind a place. */
function streamPage(
  events: readonly DomainEvent[],
  after: string | undefined,
  maxBytes: number,
): StreamsAnswer {
  const page: DomainEvent[] = [];
  let bytes = 0;
  for (const event of events.toSorted((a, b) => (cursorOf(a) < cursorOf(b) ? -1 : 1))) {
    if (after !== undefined && cursorOf(event) <= after) continue;
    bytes += wireSize(event);
    const last = page.at(-1);
    if (bytes > maxBytes && last !== undefined) return { events: page, next: cursorOf(last) };
    page.push(event);
  }
  return { events: page };
}

function cursorOf({ sequence, source }: DomainEvent): string {
  return `${sequence} ${source}`;
}
