/** Fisher and Yates's shuffle. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const pool = [...items];
  const drawn: T[] = [];
  while (pool.length > 0) drawn.push(...pool.splice(Math.floor(random() * pool.length), 1));
  return drawn;
}
