import { TwinlogError } from '@twinlog/core';

/**
 * The other cell did not answer: it cannot be reached, throttles, or its store is away. What was pulled so far
 * stays; the same call later goes on from there.
 */
export class PeerUnavailableError extends TwinlogError {
  constructor(message: string, options?: ErrorOptions) {
    super('peer_unavailable', message, options);
  }
}

/**
 * The other cell answered, and no later try would change it: a key that it does not accept, a URL where no cell
 * answers, or an answer of another version of this code.
 */
export class PeerMisconfiguredError extends TwinlogError {
  constructor(message: string, options?: ErrorOptions) {
    super('peer_misconfigured', message, options);
  }
}
