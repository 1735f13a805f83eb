import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import type { TokenCredential } from '@azure/identity';
import { required } from './settings.ts';

/**
 * A client for the topic that a cell publishes to, `EVENT_GRID_ENDPOINT`.
 * @param keyless how the cell shows who it is, unless there is an `EVENT_GRID_KEY`.
 */
export function topicFrom(
  variables: Readonly<Record<string, string | undefined>>,
  keyless: (variables: Readonly<Record<string, string | undefined>>) => TokenCredential,
): EventGridPublisherClient<'CloudEvent'> {
  const endpoint = required(variables, 'EVENT_GRID_ENDPOINT');
  const key = variables.EVENT_GRID_KEY;
  return new EventGridPublisherClient(
    endpoint,
    'CloudEvent',
    key ? new AzureKeyCredential(key) : keyless(variables),
  );
}
