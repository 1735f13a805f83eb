/** Where every code is explained, under a heading of its own. */
const explained = 'https://github.com/twinlog/twinlog/blob/main/docs/errors.md';

/**
 * The base of every error that the packages of a cell throw. `code` is stable and for programs; `message` is for people, and
 * says what happened, which value, and what to do; `cause` is the error below, where there is one.
 */
export class TwinlogError extends Error {
  readonly code: string;

  /** The page that explains the code. */
  get documentation(): string {
    return `${explained}#${this.code}`;
  }

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * The store did not say what became of a request: it throttled, failed or could not be reached. Nothing may
 * be concluded from it; the same request can be sent again. Stores throw it, and only it, for such faults.
 */
export class StoreUnavailableError extends TwinlogError {
  constructor(message: string, options?: ErrorOptions) {
    super('store_unavailable', message, options);
  }
}

/** An event that the store cannot keep whole: refused before anything is sent. */
export class EventTooLargeError extends TwinlogError {
  /** What the event would take, as the store counts it. */
  readonly bytes: number;
  /** The most that the store can keep. */
  readonly limit: number;
  constructor(bytes: number, limit: number) {
    super(
      'event_too_large',
      `The event takes ${bytes} bytes and the store's limit is ${limit}. Shorten its data.`,
    );
    this.bytes = bytes;
    this.limit = limit;
  }
}

/**
 * An event that the database looked at and will not keep, for a reason that the store did not foresee. Another try is
 * refused as well; other events are not at fault.
 */
export class EventRefusedError extends TwinlogError {
  constructor(message: string, options?: ErrorOptions) {
    super('event_refused', message, options);
  }
}

/** An event whose envelope breaks the format (a missing or malformed attribute); `attribute` names which. */
export class InvalidEventError extends TwinlogError {
  readonly attribute: string;
  constructor(attribute: string, message: string) {
    super('invalid_event', message);
    this.attribute = attribute;
  }
}
