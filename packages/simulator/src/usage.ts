/** A mistake of whoever called the program: one line for them, exit code 2. */
export class UsageError extends Error {}

/** An argument as a number. @throws UsageError unless its text is a whole number within the bounds. */
export function wholeNumber(name: string, text: string, low: number, high: number): number {
  const number = Number(text);
  if (/^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(number) && number >= low && number <= high)
    return number;
  throw new UsageError(
    `--${name} is "${text.slice(0, 40)}"; it takes a whole number from ${low} to ${high}.`,
  );
}

/** What `read` makes of a command line. @throws UsageError with the first line of whatever it ends with. */
export function readingUsage<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  }
}
