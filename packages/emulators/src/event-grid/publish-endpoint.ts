import type { IncomingHttpHeaders } from 'node:http';
import { type CloudEventJson, readCloudEvent } from './cloud-event.ts';
import { MAX_EVENT_BYTES, MAX_EVENTS_PER_REQUEST, MAX_REQUEST_BYTES } from './limits.ts';

/** An event that a topic has taken in, with its JSON, which is what gets delivered. */
export interface PublishedEvent {
  readonly event: CloudEventJson;
  readonly text: string;
  readonly bytes: number;
  /** When the topic took it, in milliseconds since 1970 on the stand-in's clock. */
  readonly publishedAt: number;
}

/** An answer to a publisher that is not 200. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** The body that Event Grid sends with a refusal ("Publish events to custom topics": Response). */
export function refusalBody({ code, message }: Refusal): string {
  return JSON.stringify({ error: { code, message, details: [{ code, message }] } });
}

const badRequest = (message: string): Refusal => ({ status: 400, code: 'BadRequest', message });
const tooLarge = (message: string): Refusal => ({ status: 413, code: 'RequestEntityTooLarge', message });

/** Refuses what is sent to another address, by another method or for another version of the API. */
export function refuseAddress(method: string | undefined, url: URL): Refusal | undefined {
  if (method !== 'POST' || url.pathname !== '/api/events') {
    return {
      status: 404,
      code: 'NotFound',
      message: `Events are published by POST /api/events, not ${method} ${url.pathname}.`,
    };
  }
  const version = url.searchParams.get('api-version');
  if (version === '2018-01-01') return undefined;
  return badRequest(`The query parameter api-version is 2018-01-01, not ${JSON.stringify(version)}.`);
}

/** How a publisher may prove itself. */
export interface PublisherCheck {
  readonly keys: () => readonly string[];
  readonly verifyBearer?: ((token: string) => boolean | Promise<boolean>) | undefined;
}

/** Refuses a publisher with neither a valid key nor a valid token. */
export async function refusePublisher(
  headers: IncomingHttpHeaders,
  check: PublisherCheck,
): Promise<Refusal | undefined> {
  const key = headers['aeg-sas-key'];
  if (typeof key === 'string' && check.keys().includes(key)) return undefined;
  const token = /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token !== undefined && (await check.verifyBearer?.(token)) === true) return undefined;
  const presented = key !== undefined ? 'aeg-sas-key' : token !== undefined ? 'bearer token' : undefined;
  return {
    status: 401,
    code: 'Unauthorized',
    message:
      presented === undefined
        ? 'The request carries neither an aeg-sas-key header nor a bearer token.'
        : `The ${presented} of the request is not valid for this topic.`,
  };
}

/** The events of one publish request, all of them or none. */
export function readEvents(
  contentType: string | undefined,
  body: Buffer | undefined,
  publishedAt: number,
): readonly PublishedEvent[] | Refusal {
  if (body === undefined) return tooLarge(`A request has at most ${MAX_REQUEST_BYTES} bytes.`);
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  const batch = mediaType === 'application/cloudevents-batch+json';
  if (!batch && mediaType !== 'application/cloudevents+json') {
    return badRequest(
      `This topic takes CloudEvents 1.0 as application/cloudevents-batch+json or application/cloudevents+json, not ${contentType}.`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    return badRequest(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (batch !== Array.isArray(parsed)) {
    return badRequest(batch ? 'A batch is a JSON array of events.' : 'A single event is a JSON object.');
  }
  const values: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (values.length === 0) return badRequest('The batch holds no event.');
  if (values.length > MAX_EVENTS_PER_REQUEST) {
    return tooLarge(`A request has at most ${MAX_EVENTS_PER_REQUEST} events, not ${values.length}.`);
  }
  const events: PublishedEvent[] = [];
  for (const [index, value] of values.entries()) {
    const reading = readCloudEvent(value);
    if ('fault' in reading) return badRequest(`Event ${index} is not a CloudEvent 1.0: ${reading.fault}.`);
    const text = JSON.stringify(value);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_EVENT_BYTES) return tooLarge(`Event ${index} has ${bytes} bytes of ${MAX_EVENT_BYTES}.`);
    events.push({ event: reading.event, text, bytes, publishedAt });
  }
  return events;
}
