import type { Container } from '@azure/cosmos';
import type { EventGridPublisherClient } from '@azure/eventgrid';
import type { HttpMethod } from '@azure/functions';
import { azureFunctions } from '@twinlog/adapters';
import { type DeadLetters, eventGridPublisher, relay } from '@twinlog/bridge';
import { StoreUnavailableError } from '@twinlog/core';
import { createCosmosEventStore, decodeChange } from '@twinlog/store-cosmos';
import { type Cell, type CellParts, createCell } from '../cell.ts';
import type { CellSettings } from '../settings.ts';

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

/** Dead letters in a Cosmos container with the partition key `/id`. */
function cosmosDeadLetters(container: Container): DeadLetters {
  return {
    put: async ({ content, ...letter }) => {
      try {
        await container.items.upsert({ ...letter, ...content });
      } catch (cause) {
        throw new StoreUnavailableError(
          `The dead letter ${letter.id} could not be kept in ${container.id}.`,
          { cause },
        );
      }
    },
  };
}

/** An Azure cell's functions: what API Management calls, what a timer calls, and what the change feed calls. */
export function azureCell(options: {
  readonly settings: CellSettings;
  readonly log: Container;
  readonly deadLetters: Container;
  /** The topic that this cell's events go to. */
  readonly topic: EventGridPublisherClient<'CloudEvent'>;
  readonly compensate: CellParts['compensate'];
  readonly onReceived?: CellParts['onReceived'];
}): {
  readonly api: ReturnType<typeof azureFunctions>;
  readonly sweep: Cell['sweep'];
  readonly relay: (documents: unknown[]) => Promise<void>;
} {
  const { settings, log, topic, compensate, onReceived } = options;
  const store = createCosmosEventStore({ container: log, now: Date.now });
  const deadLetters = cosmosDeadLetters(options.deadLetters);
  const publish = eventGridPublisher(topic);
  const cell = createCell({ settings, store, deadLetters, compensate, ...(onReceived && { onReceived }) });
  return {
    api: azureFunctions(cell.api),
    sweep: cell.sweep,
    relay: async (documents) => {
      const records = documents.map((document, index) => ({
        position: String(index),
        change: decodeChange(document),
        record: document,
      }));
      const { failed, error } = await relay(records, {
        cell: settings.cell,
        publish,
        deadLetters,
        now: Date.now,
      });
      // The trigger moves its lease past whatever a function returns from. Only by throwing, with a retry
      // policy set, is the page handed over again; what was published already is then a duplicate.
      if (failed.length > 0)
        throw new Error(`${failed.length} events could not be published.`, { cause: error });
    },
  };
}
