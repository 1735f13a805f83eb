/** What somebody typed or configured is wrong: one line that says what, and exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError where an option was given that has no use there: nothing is ignored in silence. */
export function refuse(where: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined && options[name] !== false);
  if (given !== undefined) throw new UsageError(`${where} does not take --${given}. See: twinlog help`);
}
