import { isDeepStrictEqual } from 'node:util';
import { isNestedDeeper } from '@twinlog/core';

/** A request's body, and those of its headers that say how to read it. */
export interface Delivery {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** What a delivery carried: events still to be checked, one by one, or bytes that are no events at all. */
export type Incoming =
  | { readonly kind: 'events'; readonly events: readonly unknown[] }
  | { readonly kind: 'unreadable'; readonly detail: string };

/**
 * How deep an event may be nested: far deeper than any is, for it is judged with its whole delivery, and far from the end of
 * any stack.
 */
const maxDepth = 1_000;

/**
 * Takes CloudEvents out of a request in any of the three modes of the HTTP binding: batched, structured or
 * binary. The envelope of each event is not judged here, so that one bad event does not spoil its batch.
 */
export async function readEvents({ headers, bytes }: Delivery): Promise<Incoming> {
  const mediaType = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const unreadable = (detail: string): Incoming => ({ kind: 'unreadable', detail });
  try {
    const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const isBatch = mediaType === 'application/cloudevents-batch+json';
    // The same events by themselves and in a batch, as a queue has them, are as deep.
    if (isNestedDeeper(body, isBatch ? maxDepth + 1 : maxDepth))
      return unreadable(`The JSON is nested deeper than ${maxDepth} levels.`);
    if (isBatch) {
      const events: unknown = JSON.parse(body);
      return Array.isArray(events) ? { kind: 'events', events } : unreadable('A batch must be a JSON array.');
    }
    if (mediaType === 'application/cloudevents+json') {
      const event: unknown = JSON.parse(body);
      // Its bytes hold a batch, and are read as one when they are driven again.
      return Array.isArray(event)
        ? unreadable('A single event must not be a JSON array.')
        : { kind: 'events', events: [event] };
    }
    if (headers.has('ce-specversion')) {
      const event = await readBinary(headers, mediaType, body);
      if (event !== undefined) return { kind: 'events', events: [event] };
      return unreadable('The headers and the data are not those of a CloudEvent in binary mode.');
    }
    return unreadable(`The content type "${mediaType}" carries no CloudEvents.`);
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The one event of a request in binary mode; undefined where it is none. The SDK makes up what it misses (a time, an
 * id), and takes some for what it is not (text for JSON, attributes of version 0.3). So what it read is written again,
 * and counts where that is what came.
 */
async function readBinary(headers: Headers, mediaType: string | undefined, body: string): Promise<unknown> {
  if ([...headers].some(([name, value]) => name.startsWith('ce-') && !/^[ -~]*$/.test(value)))
    return undefined; // What should have been percent-encoded.
  // Loaded with the first that comes so: cells send batches, and a function that starts need not wait for it.
  const { HTTP } = await import('cloudevents');
  const sent = { headers: attributesIn(headers, mediaType), body: body.trim() };
  const [event] = [HTTP.toEvent(sent)].flat();
  const written = event && HTTP.binary(event);
  const isAsSent =
    isDeepStrictEqual(written?.headers, sent.headers) &&
    isDeepStrictEqual(JSON.parse(String(written?.body)), JSON.parse(sent.body));
  return isAsSent ? JSON.parse(JSON.stringify(event)) : undefined;
}

/** The content type and the attributes as they were before they became headers. */
function attributesIn(headers: Headers, mediaType: string | undefined): Record<string, string> {
  const attributes = [...headers].filter(([name]) => name.startsWith('ce-'));
  return {
    ...Object.fromEntries(attributes.map(([name, value]) => [name, decoded(value)])),
    ...(mediaType && { 'content-type': mediaType }),
  };
}

/**
 * Quotation marks around a value are taken off, and then what is percent-encoded is decoded (CloudEvents, HTTP binding
 * 1.0.2, section 3.1.3.2).
 * @throws URIError where that is no UTF-8.
 */
function decoded(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  return decodeURIComponent(quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1'));
}

/** Takes the events out of text that came without headers, as from a queue: a batch, or a single event. */
export async function readEventText(text: string): Promise<Incoming> {
  const kind = text.trimStart().startsWith('[') ? 'cloudevents-batch' : 'cloudevents';
  const headers = new Headers({ 'content-type': `application/${kind}+json` });
  return readEvents({ headers, bytes: new TextEncoder().encode(text) });
}

/** The headers without which a body cannot be read again. What names or lets in the sender is not among them. */
export function readingHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name === 'content-type' || name.startsWith('ce-')),
  );
}
