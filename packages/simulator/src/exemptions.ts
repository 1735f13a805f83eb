/**
 * What production does not keep yet, each with the check that it is exempt from. This list is to be empty: take a line
 * out, run `npm run simulate`, and the story of a seed shows what is left to do.
 */
export const exemptions = {
  /** R16: the idempotency key of a compensation is the same for the same command in two streams. */
  compensationKeyLacksStream: false,
  /** R15: a home that knows nothing of a stream answers 404 without asking the other cells. */
  notFoundByHome: false,
  /** R18: a 202 is answered at a version that may lack what the client's token has seen. */
  requestedBehindToken: false,
} as const;
