/** The middle of several measurements, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError for no measurements at all. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('A spread is of one measurement or more.');
  const upper = sorted[Math.floor(sorted.length / 2)] ?? max;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? min;
  return { median: (lower + upper) / 2, min, max };
}

/** The ratio of two series of measurements, round by round: what slows both down in a round cancels out. */
export function ratioOf(series: readonly number[], against: readonly number[]): Spread {
  return spreadOf(series.map((value, round) => value / (against[round] ?? Number.NaN)));
}

/** Rounds that are not counted, in which the engine gets to know the code. */
const warmUpRounds = 2;

/**
 * Measures every entrant once a round, in an order that moves on by one each round, after warm-up rounds that
 * are not counted.
 *
 * @param measure gives the entrant's measurement of the round, which is named for people.
 * @returns by entrant, one measurement a round.
 */
export async function interleave<Entrant>(
  entrants: readonly Entrant[],
  rounds: number,
  measure: (entrant: Entrant, round: string) => Promise<number>,
): Promise<ReadonlyMap<Entrant, readonly number[]>> {
  const measured = new Map<Entrant, number[]>(entrants.map((entrant) => [entrant, []]));
  for (let round = 1 - warmUpRounds; round <= rounds; round++) {
    const first = (round + warmUpRounds) % entrants.length;
    for (const entrant of [...entrants.slice(first), ...entrants.slice(0, first)]) {
      const value = await measure(entrant, round > 0 ? `round ${round} of ${rounds}` : 'warm-up');
      if (round > 0) measured.get(entrant)?.push(value);
    }
  }
  return measured;
}

/** Lets a measurement begin without the garbage of the one before (`--expose-gc`). */
export function collectGarbage(): void {
  globalThis.gc?.();
}

/** How often a second, if `count` of them take as long as `action`. */
export async function ratePerSecond(count: number, action: () => Promise<void>): Promise<number> {
  collectGarbage();
  const start = performance.now();
  await action();
  return (count * 1_000) / (performance.now() - start);
}

/**
 * How often a second of this process's processor time: what it is worth does not depend on what else the machine is
 * doing, as far as caches allow. Collecting garbage on other threads counts too.
 */
export async function ratePerCpuSecond(count: number, action: () => Promise<void>): Promise<number> {
  collectGarbage();
  const start = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(start);
  return (count * 1_000_000) / (user + system);
}
