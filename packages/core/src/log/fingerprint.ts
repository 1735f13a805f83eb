import { hash } from 'node:crypto';
import { canonicalJson } from '../json.ts';

/** R7: a hash of the normalised command (SHA-256, 128 bits of it), equal for commands that ask for the same. */
export function fingerprintOf(command: unknown): string {
  return hash('sha256', canonicalJson(command), 'base64url').slice(0, 22);
}
