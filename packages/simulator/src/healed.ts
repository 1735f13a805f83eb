import { cellOf, type DomainEvent, type Fold, originOf, type Transaction } from '@twinlog/core';
import { type Chronicle, placeOf } from './chronicle.ts';
import { checkStream, sameView, stands, viewOf } from './invariants.ts';
import type { Cell } from './matrix.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** Of an origin `cell.2`, the 2. */
function incarnationOf(event: DomainEvent): number {
  const origin = originOf(event);
  return Number(origin.slice(origin.lastIndexOf('.') + 1));
}

/** The streams as they are in every cell, and what a restore has taken of them. */
export interface Healed {
  readonly folds: ReadonlyMap<string, Fold<Transaction>>;
  /** How many events are in no cell any more. */
  readonly lost: number;
  readonly lostStreams: ReadonlySet<string>;
}

/** What holds once nothing is broken any more, and how the streams look then. */
export async function checkHealed(
  stage: Stage,
  random: Random,
  cells: readonly Cell[],
  chronicle: Chronicle,
): Promise<Healed> {
  const hasEnded = (event: DomainEvent): boolean => {
    const cell = cells.find(({ name }) => name === cellOf(originOf(event)));
    return cell !== undefined && incarnationOf(event) <= cell.restores();
  };
  const lostStreams = new Set<string>();
  const lost = checkCopies(stage, cells, chronicle, hasEnded, lostStreams);
  const folds = new Map<string, Fold<Transaction>>();
  if (stage.violations.length > 0) return { folds, lost, lostStreams };

  const [firstCell, ...others] = cells;
  for (const [stream, events] of firstCell?.database().streams ?? []) {
    const fold = checkStream(stage, random, firstCell?.name ?? '', events);
    folds.set(stream, fold);
    checkSequences(stage, events, hasEnded);
    for (const { event, reason } of fold.pending) {
      if (!hasEnded(event)) stage.fail('everything held counts', `${event.id} is pending: ${reason}`, stream);
    }
    for (const cell of cells) {
      const view = await cell.read(stream);
      if (view.kind !== 'read') stage.fail('a healed cell answers', `${cell.name} is ${view.kind}`, stream);
      else if (!sameView(view.fold, fold)) {
        stage.fail(
          'equal sets give equal state',
          `${cell.name} has ${viewOf(view.fold)}, not ${viewOf(fold)}`,
          stream,
        );
      }
    }
    noteRules(stage, fold, events);
  }
  for (const cell of others) {
    if (cell.database().streams.size !== folds.size) stage.fail('all cells hold the same events', cell.name);
  }
  return { folds, lost, lostStreams };
}

/** Every event is in every cell, whole, or in none of them because a restore lost it. */
function checkCopies(
  stage: Stage,
  cells: readonly Cell[],
  chronicle: Chronicle,
  hasEnded: (event: DomainEvent) => boolean,
  lostStreams: Set<string>,
): number {
  let lost = 0;
  for (const [id, { event }] of chronicle.events) {
    const copies = cells.map((cell) => cell.database().held.get(id));
    const held = copies.filter((copy) => copy !== undefined);
    if (held.length === 0) {
      lost += 1;
      lostStreams.add(event.partitionkey);
      if (!hasEnded(event)) stage.fail('nothing stored is lost', placeOf(event), event.partitionkey);
    } else if (held.length < copies.length) {
      const without = cells.filter((_, index) => copies[index] === undefined).map(({ name }) => name);
      stage.fail(
        'all cells hold the same events',
        `${placeOf(event)} is not in ${without.join(', ')}`,
        event.partitionkey,
      );
    }
    for (const copy of held) {
      if (!chronicle.isTrueCopy(copy)) {
        stage.fail(
          'all cells hold the same events',
          `${placeOf(event)} has two contents`,
          event.partitionkey,
        );
      }
    }
  }
  return lost;
}

function checkSequences(
  stage: Stage,
  events: readonly DomainEvent[],
  hasEnded: (event: DomainEvent) => boolean,
): void {
  const counts = new Map<string, number>();
  const highest = new Map<string, number>();
  for (const event of events) {
    if (hasEnded(event)) continue;
    counts.set(event.source, (counts.get(event.source) ?? 0) + 1);
    highest.set(event.source, Math.max(highest.get(event.source) ?? 0, Number(event.sequence)));
  }
  for (const [source, count] of counts) {
    if (highest.get(source) !== count) {
      stage.fail(
        'sequences have no gaps',
        `${source}: ${count} events up to ${highest.get(source)}`,
        events[0]?.partitionkey,
      );
    }
  }
}

/** The rules that took hold in a stream, for the count of hits. */
function noteRules(stage: Stage, fold: Fold<Transaction>, events: readonly DomainEvent[]): void {
  const creates = events.filter(({ type }) => type.endsWith('.created.v1')).map(({ id }) => id);
  if (fold.opening && creates.some((id) => id < (fold.opening?.id ?? '')))
    stage.hit('R13 other than the first create');
  for (const { code } of fold.conflicts) {
    const hit = conflictHit(code);
    if (hit) stage.hit(hit);
  }
  for (const event of events) {
    if (stage.tentative.has(event.id) && stands(fold, event)) stage.hit('R16 conflict that comes to stand');
  }
}

function conflictHit(code: string) {
  switch (code) {
    case 'capture_exceeds_amount':
    case 'refund_exceeds_captured':
    case 'transaction_voided':
    case 'transaction_captured':
    case 'transaction_refunded':
    case 'transaction_declined':
    case 'transaction_expired':
    case 'currency_mismatch':
    case 'idempotency_key_reused':
    case 'refused_elsewhere':
      return `R16 conflict: ${code}` as const;
    case 'superseded':
      return 'R14 conflict: superseded' as const;
    // Takes two creates with differing expiries besides: too rare to be asked of every run.
    case 'not_expirable':
    case 'not_yet_expired':
      return undefined;
    default:
      throw new Error(`A conflict has the code ${code}, which no hit counts.`);
  }
}
