/** What somebody typed or configured is wrong: one line that says what, and exit code 2. */
export class UsageError extends Error {}
