import type { Authorise } from './authorise.ts';
import type { FaultListener } from './fault-listener.ts';
import { createIntake, type IntakeOptions } from './intake.ts';
import { createWebhook } from './webhook.ts';

export interface ReceiverOptions extends IntakeOptions, FaultListener {
  readonly authorise: Authorise;
}

/**
 * The receiving end of replication, as a webhook: batched, structured or binary CloudEvents, each stored or kept as a
 * dead letter before the answer. Its answers are those of `createWebhook`, 200 with the count of each `Receipt`.
 */
export function createReceiver(options: ReceiverOptions): (request: Request) => Promise<Response> {
  const { takeDelivery } = createIntake(options);
  return createWebhook({ ...options, accept: (delivery) => takeDelivery(delivery) });
}
