import { StoreUnavailableError } from '@twinlog/core';
import { type Authorise, SenderUnverifiableError } from './authorise.ts';
import { type FaultListener, tell } from './fault-listener.ts';
import type { Delivery } from './incoming.ts';
import { answer } from './json-endpoint.ts';

export interface WebhookOptions extends FaultListener {
  readonly authorise: Authorise;
  /** Takes care of a delivery for good, and says in the answer's body what became of it. */
  readonly accept: (delivery: Delivery) => Promise<object>;
}

/** The most a delivery may take: Event Grid's batches end at 1 MB. */
export const maxDeliveryBytes = 1_572_864;

/** RFC 9110, section 15.5.16. */
const plain = { 'accept-encoding': 'identity' };

const sentences = {
  sender: 'Who sent this cannot be told now. Send it again.',
  events: 'The events cannot be stored now. Send them again.',
};

/**
 * A webhook for Event Grid, or for anything that sends CloudEvents by HTTP.
 *
 * 200: the delivery is taken care of. 401: not an authorised sender; nothing was read and nothing changed. 413:
 * above `maxDeliveryBytes`. 415: compressed. 503: send it again, for something that is needed cannot be reached, the issuer's keys
 * included; `onError` is told what. Event Grid never sends again what was answered 400, 401, 403 or 413, so what is bad is kept and
 * acknowledged instead. `OPTIONS` is the handshake of the CloudEvents specification.
 */
export function createWebhook({
  authorise,
  accept,
  onError,
}: WebhookOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === 'OPTIONS') return shakeHands(request);
    if (request.method !== 'POST')
      return answer(405, { error: 'Events are sent by POST.' }, { allow: 'OPTIONS, POST' });
    try {
      if (!(await authorise(request))) return answer(401, { error: 'The sender is not known here.' });
      const encoding = request.headers.get('content-encoding') || 'identity';
      // Its bytes would be kept as no events at all, and might be discarded.
      if (encoding.toLowerCase() !== 'identity')
        return answer(415, { error: 'Events are taken as they are, and not compressed.' }, plain);
      const bytes = await readBytes(request, maxDeliveryBytes);
      if (bytes === undefined)
        return answer(413, { error: `A delivery takes ${maxDeliveryBytes} bytes at most.` });
      return answer(200, await accept({ headers: request.headers, bytes }));
    } catch (error) {
      const isOfSender = error instanceof SenderUnverifiableError;
      if (!isOfSender && !(error instanceof StoreUnavailableError)) throw error;
      tell(onError, error);
      const sentence = isOfSender ? sentences.sender : sentences.events;
      return answer(503, { error: sentence }, { 'retry-after': '1' });
    }
  };
}

function shakeHands(request: Request): Response {
  const origin = request.headers.get('webhook-request-origin');
  if (origin === null)
    return answer(400, { error: 'A handshake names its sender in WebHook-Request-Origin.' });
  return new Response(null, {
    status: 200,
    // As often as it likes: a cell that cannot keep up answers 503.
    headers: { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*', allow: 'OPTIONS, POST' },
  });
}

/** The body, of which no more is held than the limit; undefined where it is longer. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
