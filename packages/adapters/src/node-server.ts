import type { IncomingMessage, ServerResponse } from 'node:http';
import { ReadableStream } from 'node:stream/web';
import type { HttpApi } from './http-api.ts';
import { webRequest } from './web-request.ts';

/** A listener for `createServer` of `node:http`. */
export function nodeServer(api: HttpApi): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(api, request, response).catch(() => response.destroy());
  };
}

async function answer(api: HttpApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answered = await api(
    webRequest({
      method: request.method ?? '',
      host: request.headers.host ?? '',
      target: request.url ?? '/',
      headers: headersOf(request.rawHeaders),
      body: bodyOf(request),
    }),
  );
  const body = Buffer.from(await answered.arrayBuffer());
  response.statusCode = answered.status;
  for (const [name, value] of answered.headers) response.appendHeader(name, value);
  response.end(body);
}

/** Of the raw headers: the parsed ones drop some of those that came twice. */
function* headersOf(raw: readonly string[]): Generator<[string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? '', raw[at + 1] ?? ''];
}

/**
 * The body, read only as it is asked for. What nobody asks for is thrown away as it comes in: cutting the
 * connection would take the answer from a client that is still sending.
 */
function bodyOf(request: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await chunks.next();
        if (chunk.done) controller.close();
        else controller.enqueue(chunk.value);
      },
      cancel: async () => {
        await chunks.return?.();
        request.resume();
      },
    },
    { highWaterMark: 0 },
  );
}
