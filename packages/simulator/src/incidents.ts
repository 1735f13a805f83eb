import type { Policy } from '@twinlog/core';
import type { Random } from './random.ts';

/** Something that befalls a cell or a link at a moment; times in milliseconds after the run's start. */
export type Incident =
  /** Messages and calls from one cell to another do not get through, in this direction. */
  | {
      readonly kind: 'partition';
      readonly from: number;
      readonly to: number;
      readonly at: number;
      readonly until: number;
    }
  | { readonly kind: 'crash'; readonly cell: number; readonly at: number; readonly until: number }
  /** The cell's clock is off by so much from here on. */
  | { readonly kind: 'clock'; readonly cell: number; readonly at: number; readonly offsetMs: number }
  | { readonly kind: 'storm'; readonly cell: number; readonly at: number; readonly until: number }
  | { readonly kind: 'relay down'; readonly cell: number; readonly at: number; readonly until: number }
  /** The cell runs code that does not know refunds, until it is upgraded. */
  | { readonly kind: 'older code'; readonly cell: number; readonly at: number; readonly until: number }
  /** The database is put back to what it was at `backupAt`. */
  | { readonly kind: 'restore'; readonly cell: number; readonly at: number; readonly backupAt: number }
  /** The cell looks after the streams that it is the home of, and settles conflicts that have come of age. */
  | { readonly kind: 'visit'; readonly cell: number; readonly at: number; readonly settleAfterMs: number }
  /** An operator has one cell decide what another decided, without stopping that one first (R14, R15). */
  | { readonly kind: 'takeover'; readonly cell: number; readonly from: number; readonly at: number }
  | { readonly kind: 'reconcile'; readonly cell: number; readonly peer: number; readonly at: number };

const maxClockJumpMs = 600_000;

/** A moment of the run, and one after it. */
function span(random: Random, horizonMs: number): { readonly at: number; readonly until: number } {
  const at = random.int(horizonMs);
  return { at, until: at + random.magnitude(100, Math.max(200, 2 * horizonMs)) };
}

export function incidentsOf(
  random: Random,
  policy: Policy,
  cells: number,
  horizonMs: number,
): readonly Incident[] {
  const incidents: Incident[] = [];
  const cell = () => random.int(cells);
  const other = (than: number) => (than + 1 + random.int(cells - 1)) % cells;

  if (random.chance(0.3)) {
    const from = cell();
    const to = other(from);
    const whole = span(random, horizonMs);
    const flaps = random.chance(0.4) ? 2 + random.int(4) : 1;
    const width = (whole.until - whole.at) / (2 * flaps);
    for (let flap = 0; flap < flaps; flap++) {
      const at = whole.at + 2 * flap * width;
      const until = flaps === 1 ? whole.until : at + width;
      incidents.push({ kind: 'partition', from, to, at, until });
      if (random.chance(0.5)) incidents.push({ kind: 'partition', from: to, to: from, at, until });
    }
  }
  if (random.chance(0.2)) {
    const { at } = span(random, horizonMs);
    incidents.push({ kind: 'crash', cell: cell(), at, until: at + random.magnitude(50, 600_000) });
  }
  if (random.chance(0.25)) {
    for (let jump = 0; jump < 1 + random.int(2); jump++) {
      const offsetMs = Math.round((random.next() * 2 - 1) * maxClockJumpMs);
      incidents.push({ kind: 'clock', cell: cell(), at: random.int(horizonMs), offsetMs });
    }
  }
  if (random.chance(0.12)) incidents.push({ kind: 'storm', cell: cell(), ...span(random, horizonMs) });
  if (random.chance(0.15)) incidents.push({ kind: 'relay down', cell: cell(), ...span(random, horizonMs) });
  if (random.chance(0.12))
    incidents.push({ kind: 'older code', cell: cell(), at: 0, until: random.int(horizonMs) });
  if (random.chance(0.12)) {
    const at = random.int(horizonMs);
    incidents.push({ kind: 'restore', cell: cell(), at, backupAt: random.int(at + 1) });
  }
  if (policy === 'home-cell' && random.chance(0.2)) {
    const [from, at] = [cell(), random.int(horizonMs)];
    const to = other(from);
    incidents.push({ kind: 'takeover', cell: to, from, at });
    // An operator takes over from a cell that is out of reach, and mostly it does not know.
    if (random.chance(0.6)) {
      const [start, until] = [at - random.int(60_000), at + random.magnitude(1_000, horizonMs)];
      incidents.push({ kind: 'partition', from, to, at: start, until });
      incidents.push({ kind: 'partition', from: to, to: from, at: start, until });
    }
  }
  if (random.chance(0.4)) {
    const settleAfterMs = random.magnitude(500, 3_600_000);
    for (let visit = 0; visit < 2 * cells; visit++) {
      incidents.push({ kind: 'visit', cell: visit % cells, at: random.int(2 * horizonMs), settleAfterMs });
    }
  }
  for (let run = 0; run < 2; run++) {
    const puller = cell();
    if (random.chance(0.25)) {
      incidents.push({ kind: 'reconcile', cell: puller, peer: other(puller), at: random.int(horizonMs) });
    }
  }
  return incidents;
}
