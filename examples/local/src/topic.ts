import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { type EventGrid, scaledClock, startEventGrid } from '@twinlog/emulators';
import type { LinkCondition } from './link-condition.ts';

/** A minute of Event Grid's retry schedule passes in a second here. */
const scheduleFactor = 60;

/** How long a slow link holds up each delivery, in ms; a cut one does so for longer than anybody waits. */
const slowByMs = 3_000;
const cutForMs = 3_600_000;

/** The Event Grid topic that one cell publishes to, and a client for it. */
export interface Topic {
  readonly eventGrid: EventGrid;
  readonly client: EventGridPublisherClient<'CloudEvent'>;
  /** Leads the topic's events to a cell, showing it these headers. */
  readonly deliverTo: (
    cell: { readonly name: string; readonly url: string },
    headers: Readonly<Record<string, string>>,
  ) => Promise<void>;
  /** Breaks the way that events take, or mends it: what has been held up then goes at once. */
  readonly setCondition: (condition: LinkCondition) => void;
  /** Events that were taken and are not delivered yet. */
  readonly underWay: () => number;
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
    setCondition: (condition) => {
      const ms = scheduleFactor * (condition === 'slow' ? slowByMs : cutForMs);
      eventGrid.fault = condition === 'well' ? undefined : () => ({ kind: 'delay', ms });
      eventGrid.nudge();
    },
    underWay: () => {
      const { queued, inFlight, waiting } = eventGrid.pending();
      return queued + inFlight + waiting;
    },
    deliverTo: async (cell, headers) => {
      await eventGrid.subscribe({
        name: `to-${cell.name}`,
        endpoint: `${cell.url}/replication/events`,
        headers,
        maxEventsPerBatch: 100,
        preferredBatchSizeKb: 256,
      });
    },
  };
}
