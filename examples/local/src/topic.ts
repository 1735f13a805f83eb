import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { sharedKeyHeader } from '@twinlog/bridge';
import { type EventGrid, scaledClock, startEventGrid } from '@twinlog/emulators';

/** A minute of Event Grid's retry schedule passes in a second here. */
const scheduleFactor = 60;

/** The Event Grid topic that one cell publishes to, and a client for it. */
export interface Topic {
  readonly eventGrid: EventGrid;
  readonly client: EventGridPublisherClient<'CloudEvent'>;
  /** Leads the topic's events to a cell. */
  readonly deliverTo: (
    cell: { readonly name: string; readonly url: string },
    receiveKey: string,
  ) => Promise<void>;
}

export async function startTopic(): Promise<Topic> {
  const eventGrid = await startEventGrid({
    clock: scaledClock(scheduleFactor),
    answerTimeoutMs: 30_000 * scheduleFactor,
  });
  const credential = new AzureKeyCredential(eventGrid.keys().key1);
  const client = new EventGridPublisherClient(eventGrid.endpoint, 'CloudEvent', credential, {
    allowInsecureConnection: true,
  });
  return {
    eventGrid,
    client,
    deliverTo: async (cell, receiveKey) => {
      await eventGrid.subscribe({
        name: `to-${cell.name}`,
        endpoint: `${cell.url}/replication/events`,
        headers: { [sharedKeyHeader]: receiveKey },
        maxEventsPerBatch: 100,
        preferredBatchSizeKb: 256,
      });
    },
  };
}
