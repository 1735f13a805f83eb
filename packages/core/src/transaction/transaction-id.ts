import { hash } from 'node:crypto';
import { encodeBase32, randomBase32 } from './base32.ts';

/** `txn_`, 8 characters that stand for the account, 24 for the command: Crockford base 32 in upper case. */
export const transactionIdPattern: RegExp = /^txn_[0-9A-HJKMNP-TV-Z]{32}$/;

/** SHA-256 of texts, each behind its length in bytes, so that no two lists of texts hash alike. */
function hashOf(...texts: readonly string[]): Buffer {
  const framed = Buffer.allocUnsafe(texts.reduce((size, text) => size + 4 + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) {
    const length = framed.write(text, at + 4);
    framed.writeUInt32BE(length, at);
    at += 4 + length;
  }
  // By way of a string: Node makes a Buffer of its own for a digest in a fraction of the time that way.
  return Buffer.from(hash('sha256', framed, 'binary'), 'binary');
}

/**
 * R12: the transaction that an account's create makes. With an idempotency key the id is a function of both,
 * so that the create sent again, to either cloud, names the same stream. Without one the second part is
 * random, and a create sent again makes another transaction.
 *
 * @param random uniform in [0, 1); used only without a key.
 */
export function transactionId(accountId: string, key: string | undefined, random: () => number): string {
  const command = key === undefined ? randomBase32(24, random) : encodeBase32(hashOf(accountId, key), 24);
  return `txn_${accountPart(accountId)}${command}`;
}

/** The 8 characters of a transaction id that stand for its account (40 bits). */
export function accountPart(accountId: string): string {
  return encodeBase32(hashOf(accountId), 8);
}
