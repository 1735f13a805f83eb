import { isUtf8 } from 'node:buffer';
import { type DomainEvent, type EventStore, sameEvent, TwinlogError } from '@twinlog/core';
import { readEvents, readEventText } from '../incoming.ts';
import { createIntake, type IntakeOptions } from '../intake.ts';
import { PublishRefusedError } from '../publish.ts';
import { readEvent } from '../read-event.ts';
import { inParallel } from '../reconcile/in-parallel.ts';
import { type ChangeRecord, type RelayOptions, relay } from '../relay.ts';
import {
  type DeadLetter,
  type DeadLetterCode,
  type DeadLetters,
  IncompleteLetterError,
} from './dead-letter.ts';

export interface RedriverOptions extends Omit<IntakeOptions, 'deadLetters'> {
  readonly deadLetters: DeadLetters;
  /** Sends one batch to the other cells, as for the relay. */
  readonly publish: RelayOptions['publish'];
  /** What the store makes of one of its change records: `decodeStreamRecord` or `decodeChange`. */
  readonly decode: (record: unknown) => ChangeRecord['change'];
}

/** What came of driving a dead letter again. */
export type Redriven =
  /** It went where it was to go, or all of it was there already. The letter is gone, unless it was a dry run. */
  | { readonly kind: 'redriven' }
  /**
   * Of a dry run: no other reason stands in the way, and whether what refused it, for the letter's own reason, takes it by
   * now only a real run tells.
   */
  | { readonly kind: 'untold'; readonly code: DeadLetterCode; readonly detail: string }
  /** The same, or another, reason stands in the way. The letter stays, with this reason. */
  | { readonly kind: 'still_dead'; readonly code: DeadLetterCode; readonly detail: string }
  | { readonly kind: 'unknown' };

export type Discarded =
  | { readonly kind: 'discarded' }
  /** R17: it holds a well-formed event, and without that the log would have a hole for ever. */
  | { readonly kind: 'well_formed'; readonly detail: string }
  | { readonly kind: 'unknown' };

/** For a dry run: everything is looked at and nothing is written, sent or removed. */
export interface DryRun {
  readonly dryRun?: boolean;
}

/**
 * What operators do with dead letters. Every method throws `StoreUnavailableError`; the same call can be made again.
 * `redrive` throws `IncompleteLetterError`, and a TwinlogError `not_published` where the topic cannot be reached.
 */
export interface Redriver {
  /** Sends a letter the way it was on, with all the checks of that way. Twice is as good as once. */
  readonly redrive: (id: string, run?: DryRun) => Promise<Redriven>;
  /**
   * Forgets a letter that holds no well-formed event, or, of one that came in, none but what the log holds by now; and
   * one of which a part is gone.
   */
  readonly discard: (id: string, run?: DryRun) => Promise<Discarded>;
}

/** Reasons of a store or a topic, which look at an event when it is written or sent. */
const refusedElsewhere: ReadonlySet<DeadLetterCode> = new Set([
  'too_large',
  'unstorable',
  'refused',
  'unpublished',
]);

/** How many streams are read at a time. */
const parallelReads = 16;

export function createRedriver(options: RedriverOptions): Redriver {
  const { deadLetters, store, decode, publish, now, cell } = options;

  /** What is in the way this time; undefined for nothing, `held` where all of it is in the log by now. */
  async function drive(letter: DeadLetter, dryRun: boolean): Promise<DeadLetter | 'held' | undefined> {
    const noted: DeadLetter[] = [];
    const note: Pick<DeadLetters, 'put'> = { put: async (again) => void noted.push(again) };
    if (letter.direction === 'in') {
      const target = dryRun ? lookingOnly(store) : store;
      const { onReceived: _, ...quiet } = options;
      const { takeEvents } = createIntake({
        ...(dryRun ? quiet : options),
        store: target,
        deadLetters: note,
      });
      const events = await eventsIn(letter);
      if (events === undefined) return letter;
      const missing: unknown[] = [];
      await inParallel(events, parallelReads, async (event) => {
        if (!(await isHeld(store, event))) missing.push(event);
      });
      if (missing.length === 0) return 'held';
      await takeEvents(missing);
    } else {
      const record: unknown = 'json' in letter.content ? JSON.parse(letter.content.json) : undefined;
      const change = changeIn(record, decode);
      if (change.kind === 'ignored') return letter;
      const { error, failed } = await relay([{ position: '1', change, record }], {
        cell,
        publish: dryRun ? async () => {} : publish,
        deadLetters: note,
        now,
      });
      // Alone, an event that is refused is tried again by the relay: it may be the topic that is at fault.
      if (error instanceof PublishRefusedError) return { ...letter, code: 'refused', detail: error.message };
      if (failed.length > 0) {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        throw new TwinlogError(
          'not_published',
          `The event could not be published (${reason}). Look at the topic, and drive the letter again.`,
          { cause: error },
        );
      }
    }
    return noted[0];
  }

  return {
    redrive: async (id, { dryRun = false } = {}) => {
      const letter = await deadLetters.get(id);
      if (letter === undefined) return { kind: 'unknown' };
      const again = await drive(letter, dryRun);
      if (again === undefined && dryRun && refusedElsewhere.has(letter.code))
        return { kind: 'untold', code: letter.code, detail: letter.detail };
      if (again === undefined || again === 'held') {
        if (!dryRun) await deadLetters.remove(id);
        return { kind: 'redriven' };
      }
      const { code, detail } = again;
      if (!dryRun) await deadLetters.put({ ...letter, code, detail });
      return { kind: 'still_dead', code, detail };
    },

    discard: async (id, { dryRun = false } = {}) => {
      const letter = await deadLetters.get(id).catch((error: unknown) => {
        if (error instanceof IncompleteLetterError) return 'incomplete' as const;
        throw error;
      });
      if (letter === undefined) return { kind: 'unknown' };
      const event = letter === 'incomplete' ? undefined : await neededIn(letter, decode, store);
      if (event !== undefined) {
        const detail = `It holds the event ${event.id} of the stream ${event.partitionkey}, which is well-formed: without it the log would have a hole for ever. Mend what is in its way and redrive it.`;
        return { kind: 'well_formed', detail };
      }
      if (!dryRun) await deadLetters.remove(id);
      return { kind: 'discarded' };
    },
  };
}

/** Tells of an insert what would become of it, and does not do it. */
function lookingOnly(store: EventStore): EventStore {
  return {
    ...store,
    insert: async (event) => {
      const held = await store.read(event.partitionkey);
      const existing = held.find(
        ({ source, sequence }) => source === event.source && sequence === event.sequence,
      );
      return existing ? { inserted: false, existing } : { inserted: true };
    },
  };
}

/** Whether the log holds this very event by now, whatever way it came. */
async function isHeld(store: EventStore, value: unknown): Promise<boolean> {
  const event = wellFormed(value);
  if (event === undefined) return false;
  return (await store.read(event.partitionkey)).some((held) => sameEvent(held, event));
}

function wellFormed(value: unknown): DomainEvent | undefined {
  try {
    return readEvent(value);
  } catch {
    return undefined;
  }
}

/** What a letter that came in holds, as events still to be checked; undefined for bytes that hold none. */
async function eventsIn({ content }: DeadLetter): Promise<readonly unknown[] | undefined> {
  // An array that came in the place of one event is a batch in the wrong place.
  if ('json' in content) return [JSON.parse(content.json)].flat();
  const bytes = Buffer.from(content.base64, 'base64');
  const read = await readEvents({ headers: new Headers(content.headers), bytes });
  if (read.kind === 'events') return read.events;
  // It may be that the headers alone were at fault; of what is no UTF-8 a text would hold something else.
  if (!isUtf8(bytes)) return undefined;
  const incoming = await readEventText(bytes.toString());
  return incoming.kind === 'events' ? incoming.events : undefined;
}

/** A letter that went out holds the change record; or the event itself, where that alone was kept. */
function changeIn(record: unknown, decode: RedriverOptions['decode']): ChangeRecord['change'] {
  const event = wellFormed(record);
  return event ? { kind: 'event', event } : decode(record);
}

/**
 * A well-formed event of the letter that would be lost with it: of one that came in, what the log does not hold by now; of
 * one that was to go out whatever it holds (R17).
 */
async function neededIn(
  letter: DeadLetter,
  decode: RedriverOptions['decode'],
  store: EventStore,
): Promise<DomainEvent | undefined> {
  if (letter.direction === 'in') {
    for (const value of (await eventsIn(letter)) ?? []) {
      const event = wellFormed(value);
      if (event && !(await isHeld(store, event))) return event;
    }
    return undefined;
  }
  if (!('json' in letter.content)) return undefined;
  const change = changeIn(JSON.parse(letter.content.json), decode);
  return change.kind === 'event' ? change.event : undefined;
}
