import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import {
  createReceiver,
  createRedriver,
  type DeadLetters,
  eventGridPublisher,
  httpPeer,
  type Redriver,
  type RedriverOptions,
  type RelayOptions,
  reconcileEndpoint,
  sharedKey,
} from '@twinlog/bridge';
import { createService, type EventStore, systemRuntime, transaction } from '@twinlog/core';
import { key, type WiredCell, type WiredCellOptions } from './wired-cell.ts';

/** What is alike in both clouds: how the bridge stands around a store. */
export function bridgeParts(
  { name, peers, topic, clock }: WiredCellOptions,
  store: EventStore,
  deadLetters: DeadLetters,
  decode: RedriverOptions['decode'],
): Pick<WiredCell, 'service' | 'redriver' | 'deadLetters' | 'origin'> & {
  readonly relaying: RelayOptions;
  readonly handle: (request: Request) => Promise<Response>;
  readonly peerAt: (url: string) => WiredCell['asPeer'];
} {
  const client = new EventGridPublisherClient(
    topic.endpoint,
    'CloudEvent',
    new AzureKeyCredential(topic.keys().key1),
    { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } },
  );
  const publish = eventGridPublisher(client);
  const intake = { store, cell: name, peers, deadLetters, now: clock.now };
  const receive = createReceiver({ ...intake, authorise: sharedKey([key]) });
  const reconciling = reconcileEndpoint({ store, authorise: sharedKey([key]) });
  const origin = `${name}.1`;
  const redriver: Redriver = createRedriver({ ...intake, publish, decode });
  return {
    origin,
    redriver,
    relaying: { cell: name, publish, deadLetters, now: clock.now },
    handle: (request) =>
      new URL(request.url).pathname === '/replication/events' ? receive(request) : reconciling(request),
    peerAt: (url) => httpPeer({ url, key, fetch: (request) => fetch(request) }),
    service: createService({
      aggregate: transaction,
      store,
      origin,
      assignment: `1.${name}`,
      runtime: { ...systemRuntime, now: () => Math.floor(clock.now()) },
      // On a scaled clock a millisecond of the machine is minutes.
      maxClockSkewMs: Number.POSITIVE_INFINITY,
    }),
    deadLetters: async () => {
      const codes = new Map<string, string>();
      let after: string | undefined;
      do {
        const page = await deadLetters.list({ limit: 100, ...(after !== undefined && { after }) });
        for (const { id, code } of page.items) codes.set(id, code);
        after = page.next;
      } while (after !== undefined);
      return codes;
    },
  };
}
