import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import {
  anyOf,
  bearerToken,
  changeFeedRetry,
  createChangeFeedRelay,
  createQueueingReceiver,
  createRedriver,
  createSqsReceiver,
  type DeadLetters,
  eventGridPublisher,
  type Publish,
  type RedriverOptions,
  sharedKey,
} from '@twinlog/bridge';
import type { EventStore } from '@twinlog/core';
import { decodeChange } from '@twinlog/store-cosmos';

// #region keys
/** A topic that either of its two keys opens: one can be regenerated while the other is in use. */
export function publisherOf(endpoint: string, keys: readonly [string, string], insecure = false) {
  const [first, second] = keys.map(
    (key) =>
      new EventGridPublisherClient(endpoint, 'CloudEvent', new AzureKeyCredential(key), {
        allowInsecureConnection: insecure, // for the stand-in; a token credential goes in place of the key as well
      }),
  );
  if (!first || !second) throw new Error('A topic has two keys.');
  return eventGridPublisher(first, second);
}
// #endregion

// #region feed
/** Out, on Azure: the handler for `app.cosmosDB`, whose `retry` is `changeFeedRetry` too. */
export function changeFeedRelayOf(publish: Publish, deadLetters: DeadLetters) {
  return createChangeFeedRelay({
    cell: 'azure-eastus',
    decode: decodeChange,
    publish,
    deadLetters,
    now: Date.now,
    retry: changeFeedRetry,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}
// #endregion

// #region senders
/** Who may send: Event Grid with a token of this tenant, or whoever shows a key while you change over. */
export function sendersOf(tenant: string, keys: readonly string[]) {
  const entra = 'https://login.microsoftonline.com';
  const tokens = bearerToken({
    issuer: `${entra}/${tenant}/v2.0`,
    audience: 'api://twinlog-cell',
    senders: ['4962773b-9cdb-44cf-a8bf-237846a00ab7'], // Event Grid's own application
    keysUrl: `${entra}/${tenant}/discovery/v2.0/keys`,
    now: Date.now,
  });
  return anyOf(tokens, sharedKey(keys));
}
// #endregion

// #region queue
/** In, by way of a queue: the webhook answers once the queue has the events, and a function stores them from there. */
export function queuedReceiverOf(options: {
  readonly store: EventStore;
  readonly keys: readonly string[];
  readonly deadLetters: DeadLetters;
  readonly enqueue: (message: string) => Promise<void>; // SendMessage
}) {
  const { store, keys, deadLetters, enqueue } = options;
  return {
    webhook: createQueueingReceiver({ authorise: sharedKey(keys), enqueue, deadLetters, now: Date.now }),
    fromQueue: createSqsReceiver({
      store,
      cell: 'aws-us-east-1',
      peers: ['azure-eastus'],
      deadLetters,
      now: Date.now,
    }),
  };
}
// #endregion

// #region letters
/** What is dead, why, and what comes of driving it again once that is mended. */
export async function redriveAll(options: RedriverOptions) {
  const { redrive } = createRedriver(options);
  const outcomes: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await options.deadLetters.list({ limit: 100, ...(after && { after }) });
    for (const { id, code, detail } of page.items)
      outcomes.push(`${code}: ${detail} ${(await redrive(id)).kind}`);
    if (page.next === undefined) return outcomes;
    after = page.next;
  }
}
// #endregion
