import { TwinlogError } from './errors.ts';
import { accountOf, type DomainEvent, isId, maxIdLength, originOf, sequenceOf } from './log/event.ts';
import type { Fold } from './log/folded.ts';
import { covers, formatVersion, parseVersion, type VersionVector } from './log/version-vector.ts';
import type { CommandRequest } from './outcome.ts';

/** @throws TwinlogError `invalid_id` */
export function checkIds({ stream, commandId, account }: Omit<CommandRequest<unknown>, 'command'>): void {
  for (const id of [stream, commandId, account]) {
    if (id === undefined || isId(id)) continue;
    const shown = JSON.stringify(id.slice(0, 40));
    throw new TwinlogError(
      'invalid_id',
      `${shown} is no id: it takes 1 to ${maxIdLength} characters, none of them a control character.`,
    );
  }
}

/**
 * Whether nothing but requests counts beyond a version (R15): what a client has read and then names in `If-Match`
 * is then still what it would read. A text that is no version matches nothing.
 */
export function matchesVersion(
  ifMatch: string,
  fold: Pick<Fold<unknown>, 'version'>,
  events: readonly DomainEvent[],
): boolean {
  if (ifMatch === formatVersion(fold.version)) return true;
  const wanted = versionIn(ifMatch);
  if (wanted === undefined || !covers(fold.version, wanted)) return false;
  return events.every((event) => {
    const origin = originOf(event);
    const sequence = sequenceOf(event);
    const isBeyond = sequence > (wanted.get(origin) ?? 0) && sequence <= (fold.version.get(origin) ?? 0);
    return !isBeyond || event.requestof !== undefined;
  });
}

/** Whether the stream is known to belong to an account that whoever asks may not touch. */
export function isForeign(
  { opening }: Pick<Fold<unknown>, 'opening'>,
  accounts: readonly string[] | undefined,
): boolean {
  return accounts !== undefined && opening !== undefined && !accounts.includes(accountOf(opening));
}

function versionIn(text: string): VersionVector | undefined {
  try {
    return parseVersion(text);
  } catch {
    return undefined;
  }
}
