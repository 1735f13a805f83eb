import { EventTooLargeError, StoreUnavailableError } from '@twinlog/core';
import type { Answer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { ProblemError, problem, retryAfter } from './problem.ts';

export interface ErrorListener {
  /** Told of what ends as 500 `internal_error`; the client is told nothing of it. */
  readonly onError?: (error: unknown, request: ApiRequest) => void;
}

/** For newcomers to a cell that is going out of service. */
export function draining(): ProblemError {
  const detail = 'This cell is going out of service. Send the request again, to another cell if you can.';
  return new ProblemError('draining', detail, { headers: retryAfter });
}

/** What a client is told of whatever was thrown. */
export function answerError({ onError }: ErrorListener, error: unknown, request: ApiRequest): Answer {
  if (error instanceof ProblemError) return error.answer;
  if (error instanceof EventTooLargeError) return problem('event_too_large', error.message);
  if (error instanceof StoreUnavailableError) {
    return problem('store_unavailable', "This cell's store gave no answer. Send the request again.", {
      headers: retryAfter,
    });
  }
  // Whoever is told of errors, now or by a promise, cannot be told of their own.
  const tell = async () => onError?.(error, request);
  tell().catch(() => {});
  return problem('internal_error', 'Something went wrong here. The request id names it in the logs.');
}
