/**
 * Time-outs and retries that fit a service behind an HTTP API, to be spread into the options of a client:
 * `new CosmosClient({ endpoint, aadCredentials, ...clientDefaults })`. By itself the SDK waits a minute for an answer,
 * and up to half a minute in all where the account throttles.
 *
 * A write that nobody answers is given up for unavailable after three tries of the store's, 15 seconds. A read is
 * repeated by the SDK after a broken connection, up to ten times and a second apart; the store's `readTimeoutMs` ends that.
 */
export const clientDefaults = {
  connectionPolicy: {
    requestTimeout: 5_000,
    /** For 429 alone: as long as the answer asks for, and no longer than this in all. */
    retryOptions: {
      maxRetryAttemptCount: 9,
      fixedRetryIntervalInMilliseconds: 0,
      maxWaitTimeInSeconds: 5,
    },
  },
} as const;
