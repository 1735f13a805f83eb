import type { EventGridPublisherClient, SendCloudEventInput } from '@azure/eventgrid';
import type { DomainEvent } from '@twinlog/core';
import { type Publish, PublishRefusedError } from './publish.ts';

/**
 * An event as Event Grid's SDK wants it: extension attributes apart from the rest, for those that it finds
 * beside the attributes it knows it drops in silence.
 */
export function toPublisherInput(event: DomainEvent): SendCloudEventInput<unknown> {
  const {
    specversion: _,
    id,
    source,
    type,
    subject,
    time,
    datacontenttype,
    dataschema,
    data,
    ...extensionAttributes
  } = event;
  return {
    id,
    source,
    type,
    subject,
    time: new Date(time),
    datacontenttype,
    dataschema,
    data,
    extensionAttributes,
  };
}

/**
 * Where Azure's own tracing is registered, the SDK puts the request's `traceparent` into every event without one, and the
 * other cells would hold other events than this one. It does so to bodies of just the type that it writes by itself,
 * `charset=utf-8` in small letters (`cloudEventDistributedTracingEnricherPolicy` of its sources); this is the same type.
 */
const untouched = {
  requestOptions: { customHeaders: { 'Content-Type': 'application/cloudevents-batch+json; charset=UTF-8' } },
};

/** A client for one topic with one credential: an Entra token, or one of the topic's two keys. */
export type TopicClient = Pick<EventGridPublisherClient<'CloudEvent'>, 'send'>;

/**
 * Publishes batches to an Event Grid topic. The clients are passed in: their endpoint, credentials and retries are the
 * caller's. Each needs the role *EventGrid Data Sender* on the topic, or one of its keys.
 *
 * With two clients, one for each of the topic's keys, either key can be regenerated without a gap: the client that
 * the topic does not let in (401, 403) gives way to the other, which then goes first.
 */
export function eventGridPublisher(...clients: readonly [TopicClient, ...TopicClient[]]): Publish {
  let order: readonly TopicClient[] = clients;
  return async (events) => {
    const inputs = events.map(toPublisherInput);
    let lockedOut: unknown;
    for (const client of order) {
      try {
        await client.send(inputs, untouched);
        if (client !== order[0]) order = [client, ...order.filter((other) => other !== client)];
        return;
      } catch (error) {
        const status = statusOf(error);
        // A 400 of whoever gives out tokens, an `AuthenticationError`, says nothing of the events.
        const isOfTopic =
          error instanceof Error && error.name === 'RestError' && 'response' in error && !!error.response;
        if (isOfTopic && status === 413)
          throw new PublishRefusedError('too_large', messageOf(error), { cause: error });
        if (isOfTopic && status === 400)
          throw new PublishRefusedError('bad', messageOf(error), { cause: error });
        if (status !== 401 && status !== 403) throw error;
        lockedOut = error;
      }
    }
    throw lockedOut;
  };
}

/** The HTTP status of an error of Azure's SDK; undefined where no answer came. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function messageOf(error: unknown): string {
  return `Event Grid refused it: ${error instanceof Error ? error.message : String(error)}`;
}
