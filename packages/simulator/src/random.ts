/** A stream of random numbers that its seed determines. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of it. */
  readonly next: () => number;
  /** A whole number from 0 up to but without `bound`. */
  readonly int: (bound: number) => number;
  /** True at this rate, from 0 for never to 1 for always. A rate of 0 draws nothing. */
  readonly chance: (rate: number) => boolean;
  readonly pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
  /** Spread evenly over the orders of magnitude between two positive bounds, as a whole number. */
  readonly magnitude: (low: number, high: number) => number;
  /** Another stream, so that one user's draws do not move another's. */
  readonly fork: () => Random;
}

/** sfc32 (Chris Doty-Humphrey's PractRand): 128 bits of state, passes its tests, and takes a few additions a number. */
export function createRandom(seed: number): Random {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;

  const bits = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) bits();

  const next = () => bits() / 2 ** 32;
  const int = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    int,
    chance: (rate) => rate > 0 && next() < rate,
    pick: (items) => items[int(items.length)] ?? items[0],
    magnitude: (low, high) => Math.round(low * (high / low) ** next()),
    fork: () => createRandom(bits() * 2 ** 20 + (bits() >>> 12)),
  };
}
