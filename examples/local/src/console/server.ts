import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { transactionIdPattern } from '@twinlog/core';
import { readAction } from './actions.ts';
import { type Asset, loadAssets } from './assets.ts';
import type { Cursor } from './feed.ts';
import { refusal } from './guard.ts';
import type { Action, LiveMessage, StreamView } from './state.ts';

export interface ConsoleServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface ConsoleParts {
  readonly live: (cursor: Cursor | undefined) => LiveMessage & { readonly cursor: Cursor };
  readonly stream: (id: string) => Promise<StreamView>;
  /** @returns why it cannot be done, in a sentence. */
  readonly act: (action: Action) => Promise<string | undefined>;
}

/** How often pages are told what is new, in ms. */
const tellEveryMs = 500;
const maxActionBytes = 1_000;

/** The page runs its own script and style, shows nothing from elsewhere, and is shown nowhere else. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Serves the console on a free port of 127.0.0.1. */
export async function startConsoleServer(parts: ConsoleParts): Promise<ConsoleServer> {
  const assets = await loadAssets();
  let port = 0;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    answer(request, response).catch((error: unknown) => {
      sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refused = refusal(request, port);
    if (refused !== undefined) return sendJson(response, 403, { error: refused });
    const { pathname } = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (request.method === 'POST' && pathname === '/api/actions') return takeAction(parts, request, response);
    if (request.method !== 'GET')
      return sendJson(response, 405, { error: 'There is nothing to be changed here.' });
    if (pathname === '/api/live') return tellLive(parts, request, response);
    const stream = pathname.startsWith('/api/streams/') ? pathname.slice('/api/streams/'.length) : '';
    if (transactionIdPattern.test(stream)) return sendJson(response, 200, await parts.stream(stream));
    const asset = assets.get(pathname);
    if (asset) return sendAsset(response, asset);
    return sendJson(response, 404, { error: 'There is nothing at this path.' });
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Server-sent events, until the page goes away. */
function tellLive(parts: ConsoleParts, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let cursor: Cursor | undefined;
  const tell = () => {
    const { cursor: next, ...message } = parts.live(cursor);
    cursor = next;
    response.write(`data: ${JSON.stringify(message)}\n\n`);
  };
  tell();
  const timer = setInterval(tell, tellEveryMs);
  request.on('close', () => clearInterval(timer));
}

async function takeAction(
  parts: ConsoleParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxActionBytes)
      return sendJson(response, 413, { error: 'That is too much for an action.' });
  }
  const action = readAction(text);
  if (typeof action === 'string') return sendJson(response, 422, { error: action });
  const fault = await parts.act(action);
  return fault === undefined ? sendJson(response, 200, {}) : sendJson(response, 409, { error: fault });
}

function sendAsset(response: ServerResponse, { contentType, content }: Asset): void {
  response.writeHead(200, { 'content-type': contentType });
  response.end(content);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
