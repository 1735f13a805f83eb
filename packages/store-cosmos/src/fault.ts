import { EventRefusedError, StoreUnavailableError, TwinlogError } from '@twinlog/core';

/** What the SDK's errors say of themselves, as far as it matters here. */
interface SdkError extends Error {
  /** An HTTP status, or the code of a network error. */
  readonly code?: unknown;
  readonly substatus?: number;
}

/** Statuses after which the same request may succeed: "HTTP status codes for Azure Cosmos DB", and 449 Retry With. */
const transientStatuses: ReadonlySet<number> = new Set([408, 410, 429, 449]);

/** 403 and 404 that only mean that a region or a replica is not there yet. */
const transientSubstatuses: ReadonlySet<string> = new Set(['403/3', '403/1008', '404/1002']);

const credentialErrors: ReadonlySet<string> = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
]);

/** The HTTP status of an SDK error; `undefined` where no answer came. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** Whether a later try of the request that led to this error may succeed. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TwinlogError) return false;
  const { name, substatus }: SdkError = error;
  const status = statusOf(error);
  // Without a status, no answer came or none that the SDK could read: nothing is known of the request.
  if (status === undefined) return !credentialErrors.has(name);
  return status >= 500 || transientStatuses.has(status) || transientSubstatuses.has(`${status}/${substatus}`);
}

/** The 400s of a create that tell of an account of another consistency, or a container with another partition key. */
const ofOtherContainer = /consistency\s?level|partition\s?key/i;

/**
 * What an error of the SDK means to the caller of a store.
 * @param operation the method of the store.
 * @returns StoreUnavailableError where a later try may succeed; TwinlogError `store_misconfigured` where the
 * database will refuse until people act; EventRefusedError where it is the event that it will not keep; any other error
 * as it is.
 */
export function faultOf(error: unknown, operation: string, container: string): unknown {
  if (!(error instanceof Error) || error instanceof TwinlogError) return error;
  const { name, message, code }: SdkError = error;
  const told = `${code ?? name}: ${message}`;
  if (isTransient(error)) {
    return new StoreUnavailableError(
      `Cosmos DB did not say what became of "${operation}" on container "${container}" (${told}). Send the same request again; if that goes on, look at the container's request units and the service's health.`,
      { cause: error },
    );
  }
  if (operation === 'insert' && code === 400 && !ofOtherContainer.test(message)) {
    return new EventRefusedError(
      `Cosmos DB will not keep the event in container "${container}" (${told}). Sending it again does not help.`,
      { cause: error },
    );
  }
  return new TwinlogError(
    'store_misconfigured',
    `Cosmos DB refused "${operation}" on container "${container}" (${told}). ${adviceFor(message)}`,
    { cause: error },
  );
}

function adviceFor(message: string): string {
  return /consistency\s?level/i.test(message)
    ? "Set the account's default consistency to Strong: reads must see every acknowledged write."
    : "Check the names of account, database and container, the container's indexing policy, and the identity's role.";
}
