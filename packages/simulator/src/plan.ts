import { type Policy, type TransactionCommand, transactionId } from '@twinlog/core';
import { type Incident, incidentsOf } from './incidents.ts';
import { createRandom, type Random } from './random.ts';
import { epoch } from './scheduler.ts';

/** Faults that strike one message, one write, one request at a time; each with the share of them that it strikes. */
export interface Rates {
  readonly loss: number;
  readonly duplication: number;
  readonly longDelay: number;
  readonly publishRefused: number;
  readonly publishUnacknowledged: number;
  readonly relayCheckpointsAndDies: number;
  readonly relayRepeats: number;
  readonly receiverLosesAnswer: number;
  readonly throttling: number;
  readonly lostAcknowledgement: number;
  readonly sdkRepeats: number;
  readonly crashBeforeWrite: number;
  readonly crashAfterWrite: number;
  readonly poisonRecord: number;
  readonly poisonMessage: number;
  readonly requestLost: number;
  readonly answerLost: number;
  /** Of compensations: carried out, and nobody hears of it. */
  readonly bankUnanswered: number;
}

/** One sending of a request by its client. */
export interface Send {
  /** Milliseconds after the run's start. */
  readonly at: number;
  readonly cell: number;
  /** Sent even where an answer has come already: a client that asks twice. */
  readonly anyway: boolean;
  /** With the newest consistency token that the client holds of the stream. */
  readonly withToken: boolean;
}

/** One thing that a client wants, in as many sendings as it takes. */
export interface Operation {
  readonly stream: string;
  readonly account: string;
  readonly command: TransactionCommand;
  /** Undefined for a client that takes no care: every sending is another command. */
  readonly commandId: string | undefined;
  readonly ifMatch: boolean;
  readonly sends: readonly Send[];
}

/** All that a seed does, so that a failing one can be made smaller by leaving parts out. */
export interface Plan {
  readonly seed: number;
  readonly policy: Policy;
  readonly cells: number;
  /** How many instances of the service each cell runs, each with a memory of its own. */
  readonly instances: number;
  /** The most that a call of the store takes, in ms; 0 for none at all. */
  readonly storeLatencyMs: number;
  readonly networkDelayMs: number;
  /** Milliseconds for which a database's change stream keeps its records. */
  readonly retentionMs: number;
  /** Whether cells are told their database's time (R6). */
  readonly clocksCompared: boolean;
  readonly rates: Rates;
  readonly operations: readonly Operation[];
  readonly incidents: readonly Incident[];
  /** After how many events a stream's snapshot is taken: in a quarter of the seeds so few that most streams have one. */
  readonly snapshotEvery: number;
  /** When the last operation is sent, in ms after the start. */
  readonly horizonMs: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly cells: number;
  readonly policy: Policy;
  /** How many requests clients send, those sent again included. */
  readonly operations: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Each fault is left out of most seeds, so that every mixture of few and of many gets its turn (swarm testing). */
function ratesOf(random: Random): Rates {
  const rate = (share: number, most: number) => (random.chance(share) ? random.next() * most : 0);
  return {
    loss: rate(0.25, 0.5),
    duplication: rate(0.25, 0.5),
    longDelay: rate(0.25, 0.5),
    publishRefused: rate(0.15, 0.4),
    publishUnacknowledged: rate(0.15, 0.4),
    relayCheckpointsAndDies: rate(0.12, 0.3),
    relayRepeats: rate(0.12, 0.3),
    receiverLosesAnswer: rate(0.15, 0.4),
    throttling: rate(0.15, 0.15),
    lostAcknowledgement: rate(0.2, 0.3),
    sdkRepeats: rate(0.15, 0.3),
    crashBeforeWrite: rate(0.1, 0.1),
    crashAfterWrite: rate(0.1, 0.1),
    poisonRecord: rate(0.1, 0.2),
    poisonMessage: rate(0.1, 0.2),
    requestLost: rate(0.2, 0.3),
    answerLost: rate(0.2, 0.4),
    bankUnanswered: rate(0.5, 0.8),
  };
}

/** Amounts are a handful of units, so that they soon collide. */
function amountOf(units: number, currency: string): { amount: string; currency: string } {
  return { amount: currency === 'JPY' ? String(units) : `${units}.00`, currency };
}

interface Subject {
  readonly stream: string;
  readonly account: string;
  readonly createId: string | undefined;
  /** The cell that most of its clients are sent to. */
  readonly home: number;
  readonly currency: string;
  readonly units: number;
  /** Another client creates it too, with the same key and, it may be, in another currency. */
  readonly hasRival: boolean;
  readonly expiresAt: string | undefined;
}

function subjectOf(random: Random, number: number, cells: number, horizonMs: number): Subject {
  const account = `account-${random.int(3)}`;
  const createId = random.chance(0.95) ? `create-${number}` : undefined;
  return {
    stream: transactionId(account, createId, random.next),
    account,
    createId,
    home: random.int(cells),
    currency: random.pick(['JPY', 'USD', 'JPY']),
    units: 3 + random.int(6),
    hasRival: createId !== undefined && random.chance(0.25),
    expiresAt: random.chance(0.7) ? new Date(epoch + random.int(horizonMs / 2)).toISOString() : undefined,
  };
}

function other(currency: string): string {
  return currency === 'JPY' ? 'USD' : 'JPY';
}

function createOf(random: Random, subject: Subject, differs: boolean): TransactionCommand {
  const { account, units, currency, expiresAt } = subject;

  const amount = differs
    ? amountOf(units + random.pick([-2, -1, 1, 2]), random.chance(0.5) ? other(currency) : currency)
    : amountOf(units, currency);
  const expiry = expiresAt === undefined ? {} : { expires_at: expiresAt };
  return { type: 'create', account_id: account, ...amount, ...expiry };
}

function laterCommand(random: Random, subject: Subject): TransactionCommand {
  const { units, hasRival } = subject;
  const currency = hasRival && random.chance(0.3) ? other(subject.currency) : subject.currency;
  const kind = random.next();
  if (kind < 0.5) return { type: 'capture', ...amountOf(1 + random.int(units), currency) };
  if (kind < 0.6) return { type: 'void' };
  if (kind < 0.64) return { type: 'decline' };
  // The cell that decides puts in its time.
  if (kind < 0.72) return { type: 'expire', at: '' };
  return { type: 'refund', ...amountOf(1 + random.int(Math.ceil(units / 2)), currency) };
}

function sendsOf(random: Random, at: number, cells: number, home: number): readonly Send[] {
  const first = random.chance(0.6) ? home : random.int(cells);
  const sends: Send[] = [{ at, cell: first, anyway: false, withToken: random.chance(0.35) }];
  const more = random.chance(0.55) ? 0 : 1 + random.int(2);
  let last = at;
  for (let retry = 0; retry < more; retry++) {
    const wait = random.chance(0.3) ? 0 : random.magnitude(20, random.chance(0.3) ? 8 * hour : 10_000);
    last += wait;
    sends.push({
      at: last,
      cell: random.chance(0.4) ? first : random.int(cells),
      anyway: random.chance(0.35),
      withToken: random.chance(0.35),
    });
  }
  return sends;
}

/** A create, or one that goes by the same key and differs: what a careless client makes of one key in two places. */
function openingOf(random: Random, subject: Subject, at: number, cells: number, isRival: boolean): Operation {
  const { stream, account, createId, home } = subject;
  const sends = sendsOf(random, at, cells, isRival ? random.int(cells) : home);
  return {
    stream,
    account,
    command: createOf(random, subject, isRival && random.chance(0.7)),
    commandId: createId,
    ifMatch: false,
    // A create without a key makes a stream of its own each time: sent again, it would be another operation.
    sends: createId === undefined ? sends.slice(0, 1) : sends,
  };
}

function operationsOf(
  random: Random,
  requests: number,
  cells: number,
  horizonMs: number,
): readonly Operation[] {
  const [first, ...others] = Array.from({ length: 1 + random.int(3) }, (_, number) =>
    subjectOf(random, number, cells, horizonMs),
  );
  if (first === undefined) return [];
  const subjects = [first, ...others] as const;
  const operations = subjects.map((subject) => openingOf(random, subject, random.int(50), cells, false));
  for (const subject of subjects) {
    if (subject.hasRival) operations.push(openingOf(random, subject, random.int(400), cells, true));
  }
  // Command ids count within a stream, and so name other commands in others: that is their scope (R7).
  const counts = new Map<string, number>();
  let at = 0;
  let sent = operations.reduce((sum, { sends }) => sum + sends.length, 0);
  while (sent < requests) {
    const subject = random.pick(subjects);
    // Half of the operations follow close upon another: what is concurrent is what is dangerous.
    at = random.chance(0.5) ? at + random.int(200) : random.int(horizonMs);
    const count = counts.get(subject.stream) ?? 0;
    const isReused = count > 0 && random.chance(0.06);
    if (!isReused) counts.set(subject.stream, count + 1);
    const number = isReused ? random.int(count) : count;
    const sends = sendsOf(random, at, cells, subject.home).slice(0, requests - sent);
    sent += sends.length;
    operations.push({
      stream: subject.stream,
      account: subject.account,
      command: laterCommand(random, subject),
      commandId: random.chance(0.92) ? `command-${number}` : undefined,
      ifMatch: random.chance(0.05),
      sends,
    });
  }
  return operations;
}

/** What a seed does. The same options give the same plan. */
export function planOf({ seed, cells, policy, operations: count }: PlanOptions): Plan {
  const random = createRandom(seed);
  const rates = ratesOf(random.fork());
  const horizonMs = random.magnitude(2_000, 36 * hour);
  return {
    seed,
    policy,
    cells,
    instances: 1 + random.int(2),
    storeLatencyMs: random.chance(0.5) ? 0 : random.magnitude(2, 60),
    networkDelayMs: random.magnitude(5, 2_000),
    retentionMs: random.chance(0.3) ? random.magnitude(minute, 24 * hour) : 24 * hour,
    clocksCompared: random.chance(0.4),
    rates,
    operations: operationsOf(random.fork(), count, cells, horizonMs),
    incidents: incidentsOf(random.fork(), policy, cells, horizonMs),
    horizonMs,
    snapshotEvery: random.chance(0.25) ? 2 + random.int(6) : 64,
  };
}
