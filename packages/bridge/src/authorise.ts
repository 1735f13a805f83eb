import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether whoever sent a request may write to this cell's log. */
export type Authorise = (request: Request) => Promise<boolean>;

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
