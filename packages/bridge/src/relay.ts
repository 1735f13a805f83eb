import { cellOf, type DomainEvent, originOf } from '@twinlog/core';
import { type BatchLimits, cutBatches, eventGridLimits } from './batch.ts';
import { type DeadLetterCode, type DeadLetters, deadLetter } from './dead-letters/dead-letter.ts';
import { type Publish, PublishRefusedError } from './publish.ts';
import { inParallel } from './reconcile/in-parallel.ts';

/** What a change record tells of, by the store that wrote it. */
export type Change =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  /** Something that is no event, such as a deletion by an operator. */
  | { readonly kind: 'ignored' }
  /** Something that should be an event and is not. */
  | { readonly kind: 'malformed'; readonly reason: string };

/** One record of a database's change stream, decoded by the store that wrote it. */
export interface ChangeRecord {
  /** What names the record to its stream: a sequence number, a document's position. */
  readonly position: string;
  readonly change: Change;
  /** The record as it came: what a dead letter keeps of it. */
  readonly record: unknown;
}

export interface RelayOptions {
  /** This cell's name. Only events that it decided are sent (R17): that is the loop guard. */
  readonly cell: string;
  readonly publish: Publish;
  readonly deadLetters: Pick<DeadLetters, 'put'>;
  readonly now: () => number;
  readonly limits?: BatchLimits;
}

export interface RelayResult {
  /** Events handed over to the transport. */
  readonly published: number;
  /** Records kept as dead letters. */
  readonly parked: number;
  /** Positions of what was not published and not parked, in the order they came: to be tried again. */
  readonly failed: readonly string[];
  /** Why, for the first that failed. */
  readonly error?: unknown;
}

/** What one event takes in a publish request, in bytes. */
export function wireSize(event: DomainEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

interface Outgoing {
  readonly source: ChangeRecord;
  readonly event: DomainEvent;
  readonly bytes: number;
}

interface Refused extends Outgoing {
  readonly fault: PublishRefusedError;
}

/**
 * How many single events a transport may refuse, having taken none yet, before it is no longer searched for bad
 * ones: then it is more likely that the topic is at fault than each event.
 */
const refusalsToDoubt = 3;

/** How often an event may be refused with none of its page taken, before it is the event that is taken to be bad. */
const refusalsToPark = 5;

/** Of how many events refusals are remembered at most: as many as a page may have. */
const rememberedRefusals = 10_000;

/** How many letters are put at a time. */
const parallelPuts = 8;

/** By event id, how often the transport refused an event while it took no other of its page. For one relay's pages. */
export type Refusals = Map<string, number>;

/**
 * Sends a page of change records on to the other cells. What can never be sent is parked as a dead letter and
 * does not hold up its neighbours; what could not be sent now is named in `failed`. Never throws.
 *
 * A batch that the transport refuses is cut in halves until the refused event is alone. That one is parked if the
 * transport took another event of the page, so that it is the event which is bad, or too large, and not the topic.
 * Where none was taken, as where an event is the only one of its page, it is named as failed four times, and parked the
 * fifth: it may hold up its neighbours for as long as that takes, and no longer. Letters are put last: while they are
 * away, what can be published need not wait for them.
 */
export async function relay(
  records: readonly ChangeRecord[],
  options: RelayOptions,
  refusals: Refusals = new Map(),
): Promise<RelayResult> {
  const { cell, publish, deadLetters, now, limits = eventGridLimits } = options;
  const failed = new Set<string>();
  let error: unknown;
  let published = 0;
  let parked = 0;

  const toPark: Parameters<typeof park>[] = [];

  const fail = (fault: unknown, sources: readonly ChangeRecord[]): void => {
    error ??= fault;
    for (const { position } of sources) failed.add(position);
  };
  const park = async (source: ChangeRecord, code: DeadLetterCode, detail: string): Promise<void> => {
    try {
      const json = JSON.stringify(source.record) ?? 'null';
      await deadLetters.put(deadLetter({ direction: 'out', code, detail }, { json }, now()));
      parked += 1;
    } catch (fault) {
      fail(fault, [source]);
    }
  };

  const outgoing: Outgoing[] = [];
  for (const source of records) {
    const { change } = source;
    if (change.kind === 'malformed') toPark.push([source, 'malformed', change.reason]);
    else if (change.kind === 'event' && cellOf(originOf(change.event)) === cell) {
      const bytes = wireSize(change.event);
      if (bytes + 2 <= limits.maxBytes) outgoing.push({ source, event: change.event, bytes });
      else {
        const detail = `The event takes ${bytes} bytes and a publish request ${limits.maxBytes} at most.`;
        toPark.push([source, 'too_large', detail]);
      }
    }
  }

  const refused: Refused[] = [];
  /** Not of an event that is known to be bad by now, as on a page that comes again with those that were parked. */
  const isUndecided = ({ event }: Refused): boolean => (refusals.get(event.id) ?? 0) < refusalsToPark;
  let doubted: { readonly batch: readonly Outgoing[]; readonly fault: unknown }[] = [];
  const send = async (batch: readonly Outgoing[]): Promise<void> => {
    try {
      await publish(batch.map(({ event }) => event));
      published += batch.length;
      for (const { event } of batch) refusals.delete(event.id);
    } catch (fault) {
      const [first] = batch;
      if (!(fault instanceof PublishRefusedError) || first === undefined)
        fail(
          fault,
          batch.map(({ source }) => source),
        );
      else if (batch.length === 1) refused.push({ ...first, fault });
      else if (published === 0 && refused.filter(isUndecided).length >= refusalsToDoubt)
        doubted.push({ batch, fault });
      else {
        const middle = Math.ceil(batch.length / 2);
        await send(batch.slice(0, middle));
        await send(batch.slice(middle));
      }
    }
  };
  for (const batch of cutBatches(outgoing, limits)) await send(batch);
  // The head of the page may be bad, and the topic still take what comes after it.
  for (const probe of published > 0 ? [] : spreadOver(doubted.flatMap(({ batch }) => batch))) {
    if (published > 0) break;
    doubted = doubted.map(({ batch, fault }) => ({ batch: batch.filter((one) => one !== probe), fault }));
    await send([probe]);
  }
  if (published > 0) {
    const again = doubted;
    doubted = [];
    for (const { batch } of again) if (batch.length > 0) await send(batch);
  }
  for (const { batch, fault } of doubted)
    fail(
      fault,
      batch.map(({ source }) => source),
    );
  for (const { source, event, fault } of refused) {
    const code = fault.reason === 'too_large' ? 'too_large' : 'refused';
    if (published > 0 || refusedAgain(event, refusals) >= refusalsToPark)
      toPark.push([source, code, fault.message]);
    else fail(fault, [source]);
  }
  await inParallel(toPark, parallelPuts, (letter) => park(...letter));
  return {
    published,
    parked,
    failed: records.map(({ position }) => position).filter((position) => failed.has(position)),
    ...(error !== undefined && { error }),
  };
}

/** The last, one of the middle, and one of the first half. */
function spreadOver<Entry>(entries: readonly Entry[]): readonly Entry[] {
  const places = [1, 1 / 2, 1 / 4].map((part) => Math.ceil(entries.length * part) - 1);
  return [...new Set(places)].flatMap((place) => entries[place] ?? []);
}

/** @returns how often the event was refused by now. */
function refusedAgain({ id }: DomainEvent, refusals: Refusals): number {
  const times = (refusals.get(id) ?? 0) + 1;
  refusals.delete(id);
  refusals.set(id, times);
  for (const [oldest] of refusals) {
    if (refusals.size <= rememberedRefusals) break;
    refusals.delete(oldest);
  }
  return times;
}
