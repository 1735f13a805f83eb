import type { AggregateEvent } from '../aggregate.ts';
import type { CountedEvent } from './counted.ts';
import { type DomainEvent, originOf, sequenceOf } from './event.ts';
import { isDecision } from './meaning.ts';
import { parseVersion, type VersionVector } from './version-vector.ts';

/** An assignment's stamp, taken apart: `3.aws-us-east-1.home-cell`. */
interface Stamp {
  readonly n: number;
  readonly cell: string;
  readonly isHomeCell: boolean;
}

function parseStamp(text: string): Stamp {
  const [n, cell = '', policy] = text.split('.');
  return { n: Number(n), cell, isHomeCell: policy === 'home-cell' };
}

/** The order of assignments: the count as a number, then the cell as text. */
export function compareStamps(a: string, b: string): number {
  const [left, right] = [parseStamp(a), parseStamp(b)];
  if (left.n !== right.n) return left.n - right.n;
  return left.cell < right.cell ? -1 : left.cell > right.cell ? 1 : 0;
}

/** The newest of some stamps; undefined where there are none. */
export function newestStampOf(stamps: readonly string[]): string | undefined {
  return [...new Set(stamps)].sort(compareStamps).at(-1);
}

/**
 * R14: the decisions that a later assignment supersedes. A decision of a lower version that the first decision of
 * a higher version, made under `home-cell`, had not seen. Judged from the highest version down: what is superseded
 * supersedes nothing itself.
 *
 * @param counted in canonical order.
 * @returns each of them, and the id of that first decision.
 */
export function findSuperseded<Event extends AggregateEvent>(
  counted: readonly CountedEvent<Event>[],
  opening: string,
): ReadonlyMap<DomainEvent, string> {
  const superseded = new Map<DomainEvent, string>();
  const first = counted[0]?.event.assignment;
  if (counted.every(({ event }) => event.assignment === first)) return superseded;

  const decisions = counted.filter(({ meaning }) => isDecision(meaning, opening)).map(({ event }) => event);
  const byStamp = Map.groupBy(decisions, (event) => event.assignment);
  const leaders: { readonly id: string; readonly seen: VersionVector }[] = [];
  for (const stamp of [...byStamp.keys()].sort(compareStamps).reverse()) {
    let leader: DomainEvent | undefined;
    for (const event of byStamp.get(stamp) ?? []) {
      const blind = leaders.find(({ seen }) => sequenceOf(event) > (seen.get(originOf(event)) ?? 0));
      if (blind) superseded.set(event, blind.id);
      else leader ??= event;
    }
    if (leader && parseStamp(stamp).isHomeCell)
      leaders.push({ id: leader.id, seen: parseVersion(leader.seen) });
  }
  return superseded;
}
