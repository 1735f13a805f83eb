import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Digest,
  localPeer,
  type Peer,
  PeerUnavailableError,
  type Reconciled,
  reconcile,
  sharedKeyHeader,
} from '@twinlog/bridge';
import { foldEvents, StoreUnavailableError, transaction, transactionId } from '@twinlog/core';
import { type Clock, type EventGrid, scaledClock, startEventGrid } from '@twinlog/emulators';
import { createRandom } from '@twinlog/simulator';
import { createBook } from '../acknowledged.ts';
import { startWiredAwsCell } from './aws-cell.ts';
import { startWiredAzureCell } from './azure-cell.ts';
import { key, type WiredCell } from './wired-cell.ts';

/** Two cells on the stand-ins of their clouds, and a topic for each. */
export interface WiredMatrix {
  readonly aws: WiredCell;
  readonly azure: WiredCell;
  readonly fromAws: EventGrid;
  readonly fromAzure: EventGrid;
  /** So many new transactions in each cell, of a create and a capture, each command sent until it is answered, then again. */
  readonly decide: (transactions: number) => Promise<void>;
  /** Both cells compare themselves with the other and pull what they lack. */
  readonly reconcile: () => Promise<number>;
  /** Resolves once both logs hold all that was acknowledged since they were judged last, however they came by it. */
  readonly healed: (withinMs: number) => Promise<void>;
  /** What is wrong, of all that was decided since this was asked last, in words; empty for nothing lost, nothing twice, equal logs. */
  readonly faults: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

const awsName = 'aws-us-east-1';
const azureName = 'azure-eastus';

/**
 * @param scheduleFactor how much faster than the cells' clock the topics' runs.
 * @param answerTimeoutMs how long a webhook may take, on the topics' clock.
 */
export async function startWiredMatrix(
  clock: Clock,
  scheduleFactor: number,
  seed: number,
  answerTimeoutMs: number,
): Promise<WiredMatrix> {
  const random = createRandom(seed);
  const startTopic = () =>
    startEventGrid({
      clock: scheduleFactor === 1 ? clock : scaledClock(scheduleFactor, clock),
      answerTimeoutMs,
      random: random.fork().next,
    });
  const [fromAws, fromAzure] = await Promise.all([startTopic(), startTopic()]);
  const [aws, azure] = await Promise.all([
    startWiredAwsCell({ name: awsName, peers: [azureName], topic: fromAws, clock }),
    startWiredAzureCell({ name: azureName, peers: [awsName], topic: fromAzure, clock }),
  ]);
  const deliver = (topic: EventGrid, to: WiredCell) =>
    topic.subscribe({
      name: `to-${to.name}`,
      endpoint: `${to.url}/replication/events`,
      headers: { [sharedKeyHeader]: key },
      maxEventsPerBatch: 3,
    });
  await Promise.all([deliver(fromAws, azure), deliver(fromAzure, aws)]);

  const cells = [aws, azure];
  const origins = cells.map(({ origin }) => origin);
  let book = createBook();
  let streams: string[] = [];
  let from = Math.floor(clock.now());
  let opened = 0;
  let isJudged = false;
  const until = () => Math.floor(clock.now()) + 1_000;

  async function execute(cell: WiredCell, stream: string, account: string): Promise<void> {
    for (const command of [
      { type: 'create', account_id: account, amount: '10.00', currency: 'USD' },
      { type: 'capture', amount: '1.00', currency: 'USD' },
    ] as const) {
      const request = {
        stream,
        command,
        commandId: command.type,
        ...(command.type === 'create' && { account }),
      };
      for (let answers = 0; answers < 2; ) {
        try {
          const outcome = await cell.service.execute(request);
          if (outcome.kind !== 'appended' && outcome.kind !== 'alreadyAppended') continue;
          if (answers === 0) book.note(outcome.event);
          answers += 1;
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error;
        }
      }
    }
  }

  async function pull(cell: WiredCell, peer: Peer): Promise<Reconciled> {
    for (;;) {
      try {
        return await reconcile({ store: cell.store, peer, origins, from, to: until() });
      } catch (error) {
        if (!(error instanceof PeerUnavailableError) && !(error instanceof StoreUnavailableError))
          throw error;
        await sleep(20);
      }
    }
  }

  const digests = (cell: WiredCell): Promise<readonly (Digest | null | undefined)[]> =>
    Promise.all(
      origins.map(async (origin) => {
        const [digest] = await localPeer(cell.store).digests({ origin, ranges: [{ from, to: until() }] });
        return digest;
      }),
    );

  async function differences(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const cell of cells) {
      for (const [index, held] of (await digests(cell)).entries()) {
        const origin = origins[index] ?? '';
        const { count, hash } = book.of(origin);
        if (held?.count === count && held.hash === hash) continue;
        wrong.push(`${cell.name} holds ${held?.count} of ${count} acknowledged events of ${origin}`);
      }
    }
    return wrong;
  }

  return {
    aws,
    azure,
    fromAws,
    fromAzure,
    decide: async (transactions) => {
      if (isJudged) {
        // A chapter of its own: what came before was judged, and is not read again.
        await sleep(20);
        [book, streams, from, isJudged] = [createBook(), [], Math.floor(clock.now()), false];
      }
      for (const cell of cells) {
        const made = Array.from({ length: transactions }, () => {
          opened += 1;
          const account = `account-${opened}`;
          const stream = transactionId(account, 'create', random.next);
          streams.push(stream);
          return execute(cell, stream, account);
        });
        await Promise.all(made);
      }
    },
    reconcile: async () => (await pull(aws, azure.asPeer)).pulled + (await pull(azure, aws.asPeer)).pulled,
    healed: async (withinMs) => {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const wrong = await differences();
        if (wrong.length === 0) return;
        if (performance.now() > deadline)
          throw new Error(`Not healed in ${withinMs} ms: ${wrong.join('; ')}`);
        await sleep(40);
      }
    },
    faults: async () => {
      isJudged = true;
      const wrong = [...(await differences())];
      const check = async (stream: string) => {
        for (const cell of cells) {
          const { state, claims, pending, held } = foldEvents(transaction, await cell.store.read(stream));
          if (state?.captured === 100n && claims.size === 2 && held === 2 && pending.length === 0) continue;
          wrong.push(
            `${stream} in ${cell.name}: ${held} events, ${claims.size} commands, ${state?.captured} captured`,
          );
        }
      };
      await Promise.all(streams.map(check));
      return wrong;
    },
    stop: async () => {
      await Promise.all([fromAws.stop(), fromAzure.stop()]);
      await Promise.all([aws.stop(), azure.stop()]);
    },
  };
}
