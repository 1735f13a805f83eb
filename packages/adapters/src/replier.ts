import { fromResponse, type Reply } from './answer.ts';
import type { ApiRequest } from './api-request.ts';

/** What a shell goes around: the API, or any function over web requests. */
export interface WebHandler {
  (request: Request): Promise<Response>;
  readonly reply?: (request: ApiRequest) => Promise<Reply>;
}

/** How a shell asks: without a web request and a web response in between, where the handler can do without. */
export function replier(handler: WebHandler): (request: ApiRequest) => Promise<Reply> {
  return handler.reply ?? (async (request) => fromResponse(await handler(request.toWeb())));
}
