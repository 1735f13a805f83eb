import { EventRefusedError, StoreUnavailableError, TwinlogError } from '@twinlog/core';

/** What the SDK's errors say of themselves, as far as it matters here. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Refusals of a request for its rate (the API's "Common error types"), told with status 400 for the most part. */
const throttlings: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'BandwidthLimitExceeded',
]);

/** The `ValidationException`s of a PutItem that tell of a table, or an index, with other keys than the store's. */
const ofOtherKeys = /Missing the key|Type mismatch for|does not match the schema/i;

/**
 * What an error of the SDK means to the caller of a store.
 * @param operation the method of the store.
 * @returns StoreUnavailableError where a later try may succeed; TwinlogError `store_misconfigured` where the
 * database will refuse until people act; EventRefusedError where it is the event that it will not keep; any other error
 * as it is.
 */
export function faultOf(error: unknown, operation: string, table: string): unknown {
  if (!(error instanceof Error) || error instanceof TwinlogError) return error;
  const { name, message, code, $metadata }: SdkError = error;
  const status = $metadata?.httpStatusCode;
  const told = `${name}: ${message}`;
  if (isTransient(name, status, code)) {
    return new StoreUnavailableError(
      `DynamoDB did not say what became of "${operation}" on table "${table}" (${told}). Send the same request again; if that goes on, look at the table's throttling metrics and the service's health.`,
      { cause: error },
    );
  }
  if (operation === 'insert' && name === 'ValidationException' && !ofOtherKeys.test(message)) {
    return new EventRefusedError(
      `DynamoDB will not keep the event in table "${table}" (${told}). Sending it again does not help.`,
      { cause: error },
    );
  }
  if (status === undefined && name !== 'CredentialsProviderError') return error;
  return new TwinlogError(
    'store_misconfigured',
    `DynamoDB refused "${operation}" on table "${table}" (${told}). Check the table's name, region and indexes, and the role's permissions for it.`,
    { cause: error },
  );
}

function isTransient(name: string, status: number | undefined, code: unknown): boolean {
  if (throttlings.has(name)) return true;
  // A good status with an error is an answer that could not be read.
  if (status !== undefined) return status < 400 || status >= 500 || status === 408 || status === 429;
  // No answer came. Errors of the network have codes such as ECONNRESET; Node's own mistakes begin with ERR_.
  const isNetwork = typeof code === 'string' && /^E(?!RR_)[A-Z_]+$/.test(code);
  return isNetwork || name === 'TimeoutError' || name === 'AbortError';
}
