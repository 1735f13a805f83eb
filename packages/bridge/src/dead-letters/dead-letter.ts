import { createHash } from 'node:crypto';
import { canonicalJson, type Page, TwinlogError } from '@twinlog/core';

/** Why a dead letter is one. */
export type DeadLetterCode =
  /** Bytes that hold no events, or a record that should be an event and is not. */
  | 'malformed'
  /** An envelope that breaks the format. */
  | 'invalid_event'
  /** Of a cell that is none of the matrix. */
  | 'unknown_origin'
  /** Of this very cell: events come in from others only. */
  | 'own_origin'
  /** Its place in the log is taken by an event with other content (R5). */
  | 'divergence'
  /** Above what this cell's store, queue or transport takes. */
  | 'too_large'
  /** The store failed on this event, in a way of which it does not say that it would pass. */
  | 'unstorable'
  /** The transport took its neighbours and refused this one. */
  | 'refused'
  /** The transport could not be reached for as long as the trigger kept the record. */
  | 'unpublished';

/** The thing itself: JSON text; or bytes in base 64 that were no events, with the headers that say how to read them. */
export type DeadLetterContent =
  | { readonly json: string }
  | { readonly base64: string; readonly headers?: Readonly<Record<string, string>> };

/** What could not be delivered or stored, kept whole with the reason until somebody drives it again. */
export interface DeadLetter {
  /** A hash of direction and content: the same thing arriving again is the same dead letter. 32 hexadecimal digits. */
  readonly id: string;
  /** `out`: a change record that the relay could not publish; `in`: something received that could not be stored. */
  readonly direction: 'in' | 'out';
  readonly code: DeadLetterCode;
  /** For people. */
  readonly detail: string;
  /** When it came last. RFC 3339, UTC. */
  readonly at: string;
  readonly content: DeadLetterContent;
}

/** A dead letter without the thing itself, as lists show it. */
export type DeadLetterSummary = Omit<DeadLetter, 'content'>;

/**
 * Where dead letters are kept. Every method throws `StoreUnavailableError` where the database did not say what
 * became of the request, and can then be called again.
 */
export interface DeadLetters {
  /** Idempotent by id. The letter is kept, whole, once it resolves, whatever its size. */
  readonly put: (letter: DeadLetter) => Promise<void>;
  /**
   * Every letter that was there all the while, once each, in an order of the store's own.
   * @param query `limit`: 1 to 1,000, and a page may be shorter; `after`: the `next` of the page before.
   */
  readonly list: (query: {
    readonly limit: number;
    readonly after?: string;
  }) => Promise<Page<DeadLetterSummary>>;
  /** @throws IncompleteLetterError for one that cannot be put together any more. */
  readonly get: (id: string) => Promise<DeadLetter | undefined>;
  /** Forgets a letter; one that is not there is forgotten already. What may be removed is judged by `redrive`. */
  readonly remove: (id: string) => Promise<void>;
}

/** A part of a large letter is gone for good: it came again while it was being removed, or that broke off. */
export class IncompleteLetterError extends TwinlogError {
  constructor(id: string) {
    super(
      'letter_incomplete',
      `A part of the dead letter ${id} is gone, and nothing can be driven again from the rest. Discard it: the events that it held are in the log of the cell that decided them, and reconcile brings them.`,
    );
  }
}

/** The longest reason that is kept, in UTF-16 units: some name what a stranger has sent. */
const maxDetail = 1_000;

/**
 * JSON is kept with its members in one order: what has the same id is the same text, so that of a letter put twice, or
 * put and broken off, no part can be another's.
 * @param now milliseconds since 1970
 */
export function deadLetter(
  letter: Omit<DeadLetter, 'id' | 'at' | 'content'>,
  content: DeadLetterContent,
  now: number,
): DeadLetter {
  const ordered = inOneOrder(content);
  const detail = letter.detail.slice(0, maxDetail).toWellFormed();
  const at = new Date(now).toISOString();
  return { id: hashOf(letter.direction, ordered), ...letter, detail, at, content: ordered };
}

/** The id of a letter with this content. */
export function idOf(direction: DeadLetter['direction'], content: DeadLetterContent): string {
  return hashOf(direction, inOneOrder(content));
}

function hashOf(direction: DeadLetter['direction'], ordered: DeadLetterContent): string {
  return createHash('sha256')
    .update(`${direction}\n`)
    .update('json' in ordered ? ordered.json : JSON.stringify(ordered))
    .digest('hex')
    .slice(0, 32);
}

/** Each way into a cell has an event's members in an order of its own. No letter is lost over its id: what is no JSON stays as it is. */
function inOneOrder(content: DeadLetterContent): DeadLetterContent {
  if (!('json' in content)) return content;
  try {
    return { json: canonicalJson(JSON.parse(content.json)) };
  } catch {
    return content;
  }
}
