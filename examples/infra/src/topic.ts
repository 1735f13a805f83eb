import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { required } from './settings.ts';

/** A client for the topic that a cell publishes to: `EVENT_GRID_ENDPOINT` and `EVENT_GRID_KEY`. */
export function topicFrom(
  variables: Readonly<Record<string, string | undefined>>,
): EventGridPublisherClient<'CloudEvent'> {
  const credential = new AzureKeyCredential(required(variables, 'EVENT_GRID_KEY'));
  return new EventGridPublisherClient(required(variables, 'EVENT_GRID_ENDPOINT'), 'CloudEvent', credential);
}
