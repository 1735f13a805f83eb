import { type DomainEvent, TwinlogError } from '@twinlog/core';

/** Sends one batch of events to the other cells, all or none. */
export type Publish = (events: readonly DomainEvent[]) => Promise<void>;

/**
 * The transport looked at a batch and will never take it as it is: it is `too_large`, or an event in it is `bad`.
 * Whatever else a `Publish` throws is taken for a fault that passes.
 */
export class PublishRefusedError extends TwinlogError {
  readonly reason: 'too_large' | 'bad';
  constructor(reason: PublishRefusedError['reason'], message: string, options?: ErrorOptions) {
    super('publish_refused', message, options);
    this.reason = reason;
  }
}
