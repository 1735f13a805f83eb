import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

export interface ContextOptions {
  readonly functionName: string;
  readonly region?: string;
  /** Time limit of the invocation, in milliseconds from now. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** The `context` argument of one invocation. */
export function lambdaContext({ functionName, region, timeoutMs, now }: ContextOptions): Context {
  const deadline = now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn(functionName, region),
    memoryLimitInMB: '256',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: '[$LATEST]local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - now()),
    done: outdated,
    fail: outdated,
    succeed: outdated,
  };
}

export function functionArn(functionName: string, region = 'us-east-1'): string {
  return `arn:aws:lambda:${region}:000000000000:function:${functionName}`;
}

function outdated(): never {
  throw new Error('context.done, fail and succeed are gone since Node.js 24: return or throw instead.');
}
