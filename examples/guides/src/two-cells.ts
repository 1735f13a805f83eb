import {
  createReceiver,
  createStreamRelay,
  type DeadLetters,
  httpPeer,
  type Publish,
  reconcile,
  reconcileEndpoint,
  sharedKey,
} from '@twinlog/bridge';
import type { EventStore } from '@twinlog/core';
import { decodeStreamRecord } from '@twinlog/store-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';

// #region out
/** Out: a Lambda function on the table's stream, which sends on what this cell decided. */
export function relayOf(publish: Publish, deadLetters: DeadLetters) {
  return createStreamRelay<DynamoDBRecord>({
    cell: 'aws-us-east-1',
    decode: decodeStreamRecord,
    publish, // eventGridPublisher(client), over the client that is yours
    deadLetters,
    now: Date.now,
  });
}
// #endregion

// #region in
/** In: a webhook for Event Grid, `(Request) => Promise<Response>`. */
export function receiverOf(store: EventStore, keys: readonly string[], deadLetters: DeadLetters) {
  return createReceiver({
    store,
    cell: 'azure-eastus',
    peers: ['aws-us-east-1'],
    authorise: sharedKey(keys), // two, so that a key can be changed without a gap
    deadLetters,
    now: Date.now,
  });
}
// #endregion

// #region log
/** What the other cell may ask of this one's log: mount it under /replication. */
export function logOf(store: EventStore, keys: readonly string[]) {
  return reconcileEndpoint({ store, authorise: sharedKey(keys) });
}
// #endregion

// #region repair
/** Pulls whatever the other cell holds and this one lacks. By a schedule: the last day often, everything seldom. */
export function catchUp(options: {
  readonly store: EventStore;
  readonly url: string;
  readonly key: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly from: number;
  readonly to: number;
}) {
  const { store, url, key, fetch, from, to } = options;
  const peer = httpPeer({ url, key, fetch });
  const origins = ['aws-us-east-1.1', 'azure-eastus.1']; // every one, this cell's own included
  return reconcile({ store, peer, origins, from, to });
}
// #endregion
