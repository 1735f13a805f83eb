import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { functionArn } from '../lambda-poller/lambda-context.ts';
import { readBody, startLoopbackServer } from '../loopback-server.ts';

/**
 * The most bytes that a function may answer with, 6 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_RESPONSE_BYTES = 6_291_556;

/** What a function, or its runtime, said in place of an answer. */
export class LambdaFunctionError extends Error {
  /** `errorType` of the report: the name of what was thrown. */
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.name = 'LambdaFunctionError';
    this.type = type;
  }
}

export interface LambdaRuntimeApi {
  /** `host:port`, for the environment variable AWS_LAMBDA_RUNTIME_API of one runtime. */
  readonly address: string;
  /**
   * Has the runtime handle an event, after those that were handed in before.
   * @throws LambdaFunctionError where the handler threw, or the function could not even be loaded.
   */
  invoke(event: unknown): Promise<unknown>;
  /** Cuts the runtime off. What was not answered yet is rejected. */
  stop(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly answered: PromiseWithResolvers<unknown>;
}

/**
 * Starts Lambda's Runtime API, version 2018-06-01, for one execution environment: a runtime asks for the next invocation,
 * waits as long as there is none, and posts a response or an error for it. One invocation at a time, as in Lambda. No
 * extensions, no streamed responses, no time-out: a function that hangs is the caller's to end.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startLambdaRuntimeApi(options: {
  readonly functionName: string;
  /** What the function is told that it may take for an invocation. */
  readonly timeoutMs: number;
  readonly now?: () => number;
}): Promise<LambdaRuntimeApi> {
  const { functionName, timeoutMs, now = Date.now } = options;
  const waiting: Invocation[] = [];
  /** The runtime's open question for the next invocation. */
  let asking: ServerResponse | undefined;
  let running: Invocation | undefined;
  /** Why there will be no answer any more. */
  let ended: Error | undefined;

  function handOut(): void {
    if (asking === undefined || running !== undefined) return;
    running = waiting.shift();
    if (running === undefined) return;
    const headers = {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': running.id,
      'lambda-runtime-deadline-ms': String(now() + timeoutMs),
      'lambda-runtime-invoked-function-arn': functionArn(functionName),
      'lambda-runtime-trace-id': `Root=1-${'0'.repeat(8)}-${'0'.repeat(24)};Sampled=0`,
    };
    asking.writeHead(200, headers).end(JSON.stringify(running.event));
    asking = undefined;
  }

  function end(why: Error): void {
    ended = why;
    for (const { answered } of [...(running ? [running] : []), ...waiting]) answered.reject(why);
    running = undefined;
    waiting.length = 0;
  }

  /** What became of the invocation that runs; its id must be the one that was handed out. */
  function finish(id: string, settle: (invocation: Invocation) => void): [status: number, body: object] {
    if (running?.id !== id)
      return [400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' }];
    settle(running);
    running = undefined;
    handOut();
    return [202, { status: 'OK' }];
  }

  async function answerPost(request: IncomingMessage, path: string): Promise<[number, object] | undefined> {
    const body = await readBody(request, MAX_RESPONSE_BYTES);
    if (body === undefined) return undefined;
    const [, id = '', what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (body === 'too large') {
      const message = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      finish(id, ({ answered }) =>
        answered.reject(new LambdaFunctionError('Function.ResponseSizeTooLarge', message)),
      );
      return [413, { errorType: 'RequestEntityTooLarge', errorMessage: message }];
    }
    const text = body.toString();
    if (path === 'init/error') {
      end(reported(text));
      return [202, { status: 'OK' }];
    }
    if (what === 'response') return finish(id, ({ answered }) => answered.resolve(parsed(text)));
    if (what === 'error') return finish(id, ({ answered }) => answered.reject(reported(text)));
    return [404, { errorType: 'NotFound', errorMessage: `There is no ${path}.` }];
  }

  const server = await startLoopbackServer(async (request, response) => {
    const [, path = ''] = /^\/2018-06-01\/runtime\/(.*)$/.exec(request.url ?? '') ?? [];
    if (request.method === 'GET' && path === 'invocation/next') {
      asking = response;
      handOut();
      return;
    }
    const [status, body] = (await answerPost(request, path)) ?? [];
    if (status !== undefined)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  return {
    address: `127.0.0.1:${server.port}`,
    invoke: (event) => {
      if (ended) return Promise.reject(ended);
      const answered = Promise.withResolvers<unknown>();
      waiting.push({ id: randomUUID(), event, answered });
      handOut();
      return answered.promise;
    },
    stop: async () => {
      end(new Error('The Runtime API was stopped.'));
      await server.stop();
    },
  };
}

/** An answer as JSON; a runtime posts nothing at all for `undefined`. */
function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

function reported(text: string): LambdaFunctionError {
  const report: unknown = parsed(text);
  const member = (name: 'errorType' | 'errorMessage') =>
    typeof report === 'object' && report !== null && name in report
      ? String(Object.entries(report).find(([key]) => key === name)?.[1])
      : 'unknown';
  return new LambdaFunctionError(member('errorType'), member('errorMessage'));
}
