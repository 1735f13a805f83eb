import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '@azure/cosmos';
import type { HttpMethod } from '@azure/functions';
import { azureFunctions } from '@twinlog/adapters';
import {
  type ChangeFeedContext,
  changeFeedRetry,
  createChangeFeedRelay,
  createEventGridReceiver,
  eventGridPublisher,
} from '@twinlog/bridge';
import { createCosmosDeadLetters } from '@twinlog/bridge/cosmos';
import { createTelemetry } from '@twinlog/bridge/telemetry';
import { createCosmosEventStore, decodeChange } from '@twinlog/store-cosmos';
import { type Cell, type CloudCellOptions, createCell } from '../cell.ts';

/** Every method that a Functions trigger can be given: the host answers 404 to any other before the API is asked. */
export const apiMethods: HttpMethod[] = [
  'GET',
  'POST',
  'DELETE',
  'HEAD',
  'PATCH',
  'PUT',
  'OPTIONS',
  'TRACE',
  'CONNECT',
];

export interface AzureCellOptions extends CloudCellOptions {
  readonly log: Container;
  readonly deadLetters: Container;
}

/** An Azure cell's functions: what API Management calls, what timers call, and what Event Grid and the change feed call. */
export function azureCell(options: AzureCellOptions): {
  readonly api: ReturnType<typeof azureFunctions>;
  readonly sweep: Cell['sweep'];
  readonly reconcile: Cell['reconcile'];
  readonly receive: (events: unknown) => Promise<void>;
  readonly relay: (documents: readonly unknown[], context?: ChangeFeedContext) => Promise<void>;
} {
  const { settings, log, topic, compensate, onReceived, onPulled } = options;
  const store = createCosmosEventStore({ container: log, now: Date.now });
  const telemetry = createTelemetry({
    cell: settings.cell,
    now: Date.now,
    log: options.writeLog ?? (() => {}),
  });
  const deadLetters = telemetry.deadLetters(createCosmosDeadLetters(options.deadLetters));
  const publish = telemetry.publish(eventGridPublisher(topic));
  const cell = createCell({
    ...{ settings, store, deadLetters, compensate, telemetry },
    ...(onReceived && { onReceived }),
    ...(onPulled && { onPulled }),
    ...(options.peerToken && { peerToken: options.peerToken }),
    redriving: { publish, decode: decodeChange },
  });
  return {
    api: azureFunctions(cell.api),
    sweep: cell.sweep,
    reconcile: cell.reconcile,
    receive: cell.receiveBy(createEventGridReceiver),
    relay: createChangeFeedRelay({
      cell: settings.cell,
      decode: decodeChange,
      publish,
      deadLetters,
      now: Date.now,
      retry: changeFeedRetry,
      wait: (ms) => sleep(ms),
      onRelayed: ({ error }) => error === undefined || telemetry.failed(error),
    }),
  };
}
