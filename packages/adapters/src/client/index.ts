/**
 * The service's client, for Node, browsers, Workers and Deno: web standards alone, no dependency at run time. The types
 * are those of the service's schemas.
 */
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  type CommandBody,
  type CommandOptions,
  createClient,
  type Decided,
  type RequestOptions,
} from './client.ts';
export { ClientError } from './error.ts';
export { mergeTokens, type TokenStore } from './token.ts';
export type { Answer, Try } from './try.ts';
