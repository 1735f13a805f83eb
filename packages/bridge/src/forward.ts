import {
  type DomainEvent,
  type EventData,
  type EventStore,
  EventTooLargeError,
  type ForwardAnswer,
  type Forwarded,
  formatVersion,
  InvalidEventError,
  type Peers,
  parseEvent,
  parseVersion,
  TwinlogError,
  type VersionVector,
} from '@twinlog/core';
import * as z from 'zod';
import { cellRequest, sendToCell, unavailable } from './ask-cell.ts';
import type { Authorise } from './authorise.ts';
import { answer, jsonEndpoint, jsonIn } from './json-endpoint.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from './reconcile/peer-error.ts';

/**
 * The most bytes of a forwarded command with its stream: less than a Lambda function may be called with, 6 MB. A
 * longer stream is not forwarded: its commands are recorded as requested, and replication carries them.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const maxForwardBytes = 4_194_304;

const id = z.string().min(1).max(128);
const events = z.array(z.unknown().transform(readEvent));
const forwardedSchema = z.strictObject({
  request: z.strictObject({
    stream: id,
    command_id: id,
    command: z.record(z.string(), z.unknown()),
    accounts: z.array(id).exactOptional(),
    at_least: z.string().max(4_000).transform(readVersion).exactOptional(),
    if_match: z.string().max(4_000).exactOptional(),
    traceparent: z.string().max(100).exactOptional(),
  }),
  events,
});
const forwardAnswer = z.object({
  kind: z.enum(['decided', 'notFound', 'preconditionFailed', 'unready', 'notHome']),
  events,
});
const holdsRequest = z.strictObject({ stream: id });
const holdsAnswer = z.object({ holds: z.boolean() });

function readEvent(value: unknown, context: z.RefinementCtx): DomainEvent {
  try {
    return parseEvent(value);
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
}

function readVersion(text: string, context: z.RefinementCtx): VersionVector {
  try {
    return parseVersion(text);
  } catch {
    context.addIssue('is not a version vector');
    return z.NEVER;
  }
}

export interface ForwardEndpointOptions<Command extends EventData> {
  /** A home-cell service of core, or what stands for one. */
  readonly service: {
    readonly decideForwarded: (forwarded: Forwarded<Command>) => Promise<ForwardAnswer>;
  };
  readonly store: EventStore;
  readonly authorise: Authorise;
  /** A command as it was sent, if this code understands it: the aggregate's own. */
  readonly readCommand: (recorded: EventData) => Command | undefined;
}

/**
 * What other cells ask of this one to have a command decided (R15), for `httpPeers` at the other end: `POST` to
 * `/replication/forward` and `/replication/holds`.
 *
 * 200 with the answer; of events, those that did not come with the command. 400: the body breaks the format, or names a command or an event that cannot be read; nothing
 * changed. 401: not an authorised cell; nothing changed. 404, 405: another path or method. 413: above
 * `maxForwardBytes`, or an event too large for this store. 503: the store cannot be reached; ask again.
 */
export function forwardEndpoint<Command extends EventData>({
  service,
  store,
  authorise,
  readCommand,
}: ForwardEndpointOptions<Command>): (request: Request) => Promise<Response> {
  const routes: Readonly<Record<string, (body: unknown) => Promise<Response>>> = {
    '/replication/forward': async (body) => {
      const forwarded = forwardedSchema.parse(body);
      const { stream, command_id, accounts, at_least, if_match, traceparent } = forwarded.request;
      const command = readCommand(forwarded.request.command);
      if (command === undefined)
        return answer(400, { error: 'The command is not one that this version of the service understands.' });
      const stray = forwarded.events.find((event) => event.partitionkey !== stream);
      if (stray) return answer(400, { error: `The event ${stray.id} is not one of the stream ${stream}.` });
      const decided = await service.decideForwarded({
        request: {
          stream,
          command,
          commandId: command_id,
          ...(accounts !== undefined && { accounts }),
          ...(at_least !== undefined && { atLeast: at_least }),
          ...(if_match !== undefined && { ifMatch: if_match }),
          ...(traceparent !== undefined && { traceparent }),
        },
        events: forwarded.events,
      });
      return answer(200, { kind: decided.kind, events: decided.events });
    },
    '/replication/holds': async (body) => {
      const { stream } = holdsRequest.parse(body);
      return answer(200, { holds: (await store.read(stream)).length > 0 });
    },
  };

  return jsonEndpoint({
    routes,
    authorise,
    maxBytes: maxForwardBytes,
    sentences: {
      post: 'A home is asked by POST.',
      what: 'A forwarded command',
      unavailable: () => 'Nothing can be decided now. Ask again.',
    },
    answerError: (error) => {
      if (error instanceof EventTooLargeError) return answer(413, { error: error.message });
      return error instanceof TwinlogError ? answer(400, { error: error.message }) : undefined;
    },
  });
}

export interface HttpPeersOptions {
  /** Where each of the other cells answers, by name; a path in a URL is kept. */
  readonly urls: ReadonlyMap<string, string>;
  /** The shared key that the other cells' `authorise` accepts. */
  readonly key?: string;
  /** The bearer token that they accept, in place of a key. Where this rejects, a cell counts as not reached. */
  readonly token?: () => Promise<string>;
  /** `globalThis.fetch`, or one with a proxy or a simulated network. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** How long a cell may take to answer, in ms: a client waits for it. */
  readonly timeoutMs: number;
}

/**
 * The other cells over their own ingresses: the client of `forwardEndpoint`. Nothing is tried again in here.
 *
 * Rejects with PeerUnavailableError where no answer came in time, or a 5xx; with PeerMisconfiguredError for a cell
 * without a URL and for any other answer than what was asked for. What was asked may have been done all the same.
 */
export function httpPeers<Command extends EventData>({
  urls,
  key,
  token,
  fetch,
  timeoutMs,
}: HttpPeersOptions): Peers<Command> {
  async function ask<Answer>(
    cell: string,
    path: string,
    body: object,
    format: z.ZodType<Answer>,
  ): Promise<Answer> {
    const url = urls.get(cell);
    if (url === undefined)
      throw new PeerMisconfiguredError(`The URL of the cell "${cell}" is not known here. Configure it.`);
    const signal = AbortSignal.timeout(timeoutMs);
    const request = cellRequest({ url, ...(key && { key }) }, `replication/${path}`, body, signal);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const answered = sendToCell(request, { fetch, ...(token && { token }) });
    // A fetch of somebody's own need not look at the signal.
    const { status, text } = await Promise.race([answered, late]).catch((cause: unknown) => {
      throw new PeerUnavailableError(`No answer from ${request.url} within ${timeoutMs} ms.`, { cause });
    });
    if (status >= 500) throw new PeerUnavailableError(unavailable(request.url, status, text));
    const read = status === 200 ? format.safeParse(jsonIn(text)) : undefined;
    if (read?.success) return read.data;
    throw new PeerMisconfiguredError(
      `${request.url} answered ${status}, and not as a cell does. Check the URL, and the key or token, and that both cells run the same version of Twinlog.`,
      { cause: read?.error },
    );
  }

  return {
    forward: async (cell, { request, events: held }) => {
      const { stream, commandId, command, accounts, atLeast, ifMatch, traceparent } = request;
      const forwarded = {
        stream,
        command_id: commandId,
        command,
        ...(accounts !== undefined && { accounts }),
        ...(atLeast !== undefined && { at_least: formatVersion(atLeast) }),
        ...(ifMatch !== undefined && { if_match: ifMatch }),
        ...(traceparent !== undefined && { traceparent }),
      };
      const answered = await ask(cell, 'forward', { request: forwarded, events: held }, forwardAnswer);
      const stray = answered.events.find((event) => event.partitionkey !== stream);
      if (!stray) return answered;
      throw new PeerMisconfiguredError(
        `Asked about the stream ${stream}, the cell "${cell}" answered with an event of ${stray.partitionkey}.`,
      );
    },
    holds: async (cell, stream) => (await ask(cell, 'holds', { stream }, holdsAnswer)).holds,
  };
}
