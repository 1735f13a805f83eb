import { createHash, timingSafeEqual } from 'node:crypto';
import { TwinlogError } from '@twinlog/core';

/**
 * Whether whoever sent a request may write to this cell's log.
 * @throws SenderUnverifiableError where that cannot be told now: the sender is to try again.
 */
export type Authorise = (request: Request) => Promise<boolean>;

/** Who sent a request could not be told, for a reason that passes: the issuer's keys cannot be reached. */
export class SenderUnverifiableError extends TwinlogError {
  constructor(message: string, options?: ErrorOptions) {
    super('sender_unverifiable', message, options);
  }
}

/** The header in which a sender shows a shared key. On Event Grid it is a delivery property of the subscription. */
export const sharedKeyHeader = 'x-twinlog-key';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Accepts whoever shows one of the keys; two at a time let a key be replaced without a gap. Compared in
 * constant time, by their hashes, so that not even the length of a key shows.
 */
export function sharedKey(keys: readonly string[]): Authorise {
  const accepted = keys.filter((key) => key !== '').map(digest);
  return async (request) => {
    const shown = digest(request.headers.get(sharedKeyHeader) ?? '');
    return accepted.map((key) => timingSafeEqual(key, shown)).includes(true);
  };
}

/** Accepts whom one of several ways accepts, so that one can take the place of another without a gap. */
export function anyOf(...ways: readonly Authorise[]): Authorise {
  return async (request) => {
    let unverifiable: SenderUnverifiableError | undefined;
    for (const authorise of ways) {
      try {
        if (await authorise(request)) return true;
      } catch (error) {
        if (!(error instanceof SenderUnverifiableError)) throw error;
        unverifiable = error;
      }
    }
    if (unverifiable) throw unverifiable;
    return false;
  };
}
