import { isNestedDeeper } from '@twinlog/core';
import { HTTP } from 'cloudevents';

/** What a request carried: events still to be checked, one by one, or bytes that are no events at all. */
export type Incoming =
  | { readonly kind: 'events'; readonly events: readonly unknown[] }
  | { readonly kind: 'unreadable'; readonly detail: string; readonly bytes: Uint8Array };

/** Far deeper than any event, and far from the end of any stack. */
const maxDepth = 64;

/**
 * Takes CloudEvents out of a request in any of the three modes of the HTTP binding: batched, structured or
 * binary. The envelope of each event is not judged here, so that one bad event does not spoil its batch.
 */
export function readEvents(headers: Headers, bytes: Uint8Array): Incoming {
  const mediaType = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const unreadable = (detail: string): Incoming => ({ kind: 'unreadable', detail, bytes });
  try {
    const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (isNestedDeeper(body, maxDepth))
      return unreadable(`The JSON is nested deeper than ${maxDepth} levels.`);
    if (mediaType === 'application/cloudevents-batch+json') {
      const events: unknown = JSON.parse(body);
      return Array.isArray(events) ? { kind: 'events', events } : unreadable('A batch must be a JSON array.');
    }
    if (mediaType === 'application/cloudevents+json') return { kind: 'events', events: [JSON.parse(body)] };
    if (headers.has('ce-specversion')) {
      const event = HTTP.toEvent({ headers: Object.fromEntries(headers), body });
      return {
        kind: 'events',
        events: [event].flat().map((binary): unknown => JSON.parse(binary.toString())),
      };
    }
    return unreadable(`The content type "${mediaType}" carries no CloudEvents.`);
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}
