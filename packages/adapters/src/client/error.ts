import type { Fault } from '../problem.ts';
import type { Answer } from './try.ts';

/** Where every code is explained, under a heading of its own. */
const explained = 'https://github.com/twinlog/twinlog/blob/main/docs/problems.md';

/** A request that did not come to what was asked. */
export class ClientError extends Error {
  /**
   * Stable and machine-readable: the `code` of the service's problem, or one of the client's own. `undecided`: the
   * command is recorded, and its home has not decided it yet. `unreachable`: no cell gave an answer in time.
   * `callback_failed`: code of the caller's own threw, the `cause`, once the request had been sent.
   * `http_403` and the like: an answer that is no problem of the service's, from something in between.
   */
  readonly code: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Every fault of the request's fields, where that is what is wrong. */
  readonly errors: readonly Fault[];
  /** The key of the command. Sent again with it, the command takes effect once, however this error came about. */
  readonly idempotencyKey: string | undefined;

  /** The page that explains the code. */
  get documentation(): string {
    return `${explained}#${this.code}`;
  }

  constructor(
    code: string,
    detail: string,
    about: {
      readonly status?: number;
      readonly errors?: readonly Fault[];
      readonly idempotencyKey?: string | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: about.cause });
    this.name = 'ClientError';
    this.code = code;
    this.status = about.status ?? 0;
    this.errors = about.errors ?? [];
    this.idempotencyKey = about.idempotencyKey;
  }
}

/** What the client reads of an RFC 9457 problem. */
interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
}

/** The error in an answer that is no success. */
export function errorIn({ status, body }: Answer, idempotencyKey: string | undefined): ClientError {
  if (status === 202) {
    const detail = "The command is recorded, and the transaction's home has not decided it yet.";
    return new ClientError('undecided', detail, { status, idempotencyKey });
  }
  const { code = `http_${status}`, detail = `The answer was ${status}.`, errors = [] }: Problem = body;
  return new ClientError(code, detail, { status, errors, idempotencyKey });
}
