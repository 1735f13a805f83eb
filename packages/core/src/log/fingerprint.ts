import { hash } from 'node:crypto';
import type { Aggregate, AggregateEvent } from '../aggregate.ts';
import { canonicalJson } from '../json.ts';
import type { EventData } from './event.ts';

/** R7: a hash of the normalised command (SHA-256, 128 bits of it), equal for commands that ask for the same. */
export function fingerprintOf(command: unknown): string {
  return hash('sha256', canonicalJson(command), 'base64url').slice(0, 22);
}

/** R7: the fingerprint of an aggregate's command: of what the aggregate says its identity is, or of all of it. */
export function fingerprintOfCommand<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
>({ identity }: Pick<Aggregate<State, Command, Event>, 'identity'>, command: Command): string {
  return fingerprintOf(identity?.(command) ?? command);
}
