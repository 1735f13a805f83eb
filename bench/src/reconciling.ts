import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpPeer, reconcile, reconcileEndpoint, sharedKey, wireSize } from '@twinlog/bridge';
import {
  createMemoryStore,
  createService,
  type DomainEvent,
  nextEventId,
  parseEvent,
  subjectOf,
  systemRuntime,
  timeOf,
  transaction,
  transactionId,
} from '@twinlog/core';
import { openSqliteLog } from '@twinlog/soak';
import { WrongEndStateError } from './contender.ts';

const key = 'a-key-for-the-benchmark-alone';
const cell = 'aws-us-east-1';
const missingEvents = 10;
/** How far the log's times reach back from the start, in ms: as if two hundred were decided a second. */
const msPerEvent = 5;

export interface ReconcileResult {
  readonly events: number;
  readonly missing: number;
  readonly pulled: number;
  /** Of the whole log in JSON. */
  readonly logBytes: number;
  /** That went over the wire, both ways, in all. */
  readonly movedBytes: number;
  readonly requests: number;
  readonly seconds: number;
  readonly goalShare: number;
  readonly goalMet: boolean;
}

/**
 * Takes ten events out of the copy of a log, and has `reconcile` find them over the cells' own HTTP endpoints.
 * @throws WrongEndStateError unless just those ten are pulled.
 */
export async function measureReconcile(
  count: number,
  progress: (message: string) => void,
): Promise<ReconcileResult> {
  const goalShare = 0.01;
  const directory = await mkdtemp(join(tmpdir(), 'twinlog-bench-'));
  try {
    const [theirFile, ourFile] = [join(directory, 'theirs'), join(directory, 'ours')];
    const filling = openSqliteLog(theirFile);
    const start = Date.now() - count * msPerEvent;
    const removed: string[] = [];
    let logBytes = 0;
    const template = await decided();
    for (let index = 0; index < count; index++) {
      if (index % 50_000 === 0) progress(`reconcile: ${index} of ${count} events written`);
      const event = like(template, start + index * msPerEvent, index);
      await filling.store.insert(event);
      logBytes += wireSize(event);
      if (index % Math.floor(count / missingEvents) === 7 && removed.length < missingEvents)
        removed.push(event.id);
    }
    filling.close();
    await copyFile(theirFile, ourFile);
    const theirs = openSqliteLog(theirFile);
    const ours = openSqliteLog(ourFile);
    ours.remove(removed);

    const endpoint = reconcileEndpoint({ store: theirs.store, authorise: sharedKey([key]) });
    let movedBytes = 0;
    let requests = 0;
    const peer = httpPeer({
      url: 'http://peer',
      key,
      fetch: async (request) => {
        const body = await request.arrayBuffer();
        const { url, method, headers } = request;
        const response = await endpoint(new Request(url, { method, headers, body }));
        const answer = await response.arrayBuffer();
        movedBytes += body.byteLength + answer.byteLength;
        requests += 1;
        return new Response(answer, { status: response.status, headers: response.headers });
      },
    });
    progress('reconcile: comparing the logs');
    const pulled: string[] = [];
    const startedAt = performance.now();
    const to = start + count * msPerEvent;
    await reconcile({
      store: ours.store,
      peer,
      origins: [`${cell}.1`],
      from: 0,
      to,
      onPulled: ({ id }) => pulled.push(id),
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    ours.close();
    theirs.close();
    if (pulled.sort().join() !== removed.sort().join())
      throw new WrongEndStateError(`Of ${removed.length} missing events reconcile pulled ${pulled.length}.`);
    return {
      events: count,
      missing: removed.length,
      pulled: pulled.length,
      logBytes,
      movedBytes,
      requests,
      seconds,
      goalShare,
      goalMet: movedBytes <= logBytes * goalShare,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** An event as a service writes it. */
async function decided(): Promise<DomainEvent> {
  const service = createService({
    aggregate: transaction,
    store: createMemoryStore(),
    origin: `${cell}.1`,
    assignment: `1.${cell}`,
    runtime: systemRuntime,
  });
  const account = 'account-1';
  const outcome = await service.execute({
    stream: transactionId(account, 'create', systemRuntime.random),
    account,
    commandId: 'create',
    command: { type: 'create', account_id: account, amount: '10.00', currency: 'USD' },
  });
  if (outcome.kind !== 'appended') throw new Error(`A create ended as ${outcome.kind}.`);
  return outcome.event;
}

/** The same in another stream, at another time. */
function like(event: DomainEvent, now: number, index: number): DomainEvent {
  const id = nextEventId(now, undefined, systemRuntime.random);
  const account = `account-${index}`;
  const stream = transactionId(account, 'create', systemRuntime.random);
  const copy = { ...event, id, time: timeOf(id), partitionkey: stream };
  return parseEvent({ ...copy, subject: subjectOf(account, 'transaction', stream) });
}
