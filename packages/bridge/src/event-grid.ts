import type { EventGridPublisherClient, SendCloudEventInput } from '@azure/eventgrid';
import type { DomainEvent } from '@twinlog/core';

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
 * Publishes batches to an Event Grid topic. The client is passed in: its credential (an Entra token, or a key
 * that `AzureKeyCredential.update` replaces without a gap), its endpoint and its retries are the caller's.
 * It needs the role *EventGrid Data Sender* on the topic.
 */
export function eventGridPublisher(
  client: EventGridPublisherClient<'CloudEvent'>,
): (events: readonly DomainEvent[]) => Promise<void> {
  return (events) => client.send(events.map(toPublisherInput));
}
