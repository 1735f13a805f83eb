/**
 * How long one test of a suite may take, in milliseconds: a stream of 10,000 events is written over a network, on a
 * machine that has other things to do.
 */
export const suiteTimeout = 120_000;
