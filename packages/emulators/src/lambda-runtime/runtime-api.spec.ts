import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LambdaRuntimeApi, startLambdaRuntimeApi } from './runtime-api.ts';

let runtimeApi: LambdaRuntimeApi;
beforeEach(async () => {
  runtimeApi = await startLambdaRuntimeApi({ functionName: 'api', timeoutMs: 29_000, now: () => 1_000 });
});
afterEach(() => runtimeApi.stop());

const url = (path: string): string => `http://${runtimeApi.address}/2018-06-01/runtime/${path}`;
const post = (path: string, body: unknown) =>
  fetch(url(path), { method: 'POST', body: JSON.stringify(body) }).then(({ status }) => status);
/** As a runtime does: asks for the next invocation, which may take a while to come. */
async function next(): Promise<{ id: string; event: unknown; headers: Headers }> {
  const answer = await fetch(url('invocation/next'));
  const id = answer.headers.get('lambda-runtime-aws-request-id') ?? '';
  return { id, event: await answer.json(), headers: answer.headers };
}

describe("Lambda's Runtime API", () => {
  test('hands an event to the runtime that waits for one, and its response to the caller', async () => {
    const asked = next();
    const answer = runtimeApi.invoke({ name: 'Zoë' });
    const { id, event, headers } = await asked;
    expect(event).toEqual({ name: 'Zoë' });
    expect(headers.get('lambda-runtime-deadline-ms')).toBe('30000');
    expect(headers.get('lambda-runtime-invoked-function-arn')).toMatch(/:function:api$/);
    expect(await post(`invocation/${id}/response`, { statusCode: 200 })).toBe(202);
    expect(await answer).toEqual({ statusCode: 200 });
  });

  test('hands out one invocation at a time, in the order they came', async () => {
    const answers = Promise.all([runtimeApi.invoke(1), runtimeApi.invoke(2)]);
    for (const expected of [1, 2]) {
      const { id, event } = await next();
      expect(event).toBe(expected);
      expect(await post(`invocation/${id}/response`, expected)).toBe(202);
    }
    expect(await answers).toEqual([1, 2]);
  });

  test('rejects with what the function threw', async () => {
    const answer = runtimeApi.invoke({}).catch((error: unknown) => error);
    const { id } = await next();
    await post(`invocation/${id}/error`, { errorType: 'RangeError', errorMessage: 'too far' });
    expect(await answer).toMatchObject({ type: 'RangeError', message: 'too far' });
  });

  test('rejects every invocation of a function that could not be loaded', async () => {
    const before = runtimeApi.invoke({}).catch((error: unknown) => error);
    expect(await post('init/error', { errorType: 'Error', errorMessage: 'no cell' })).toBe(202);
    expect(await before).toMatchObject({ message: 'no cell' });
    await expect(runtimeApi.invoke({})).rejects.toThrow('no cell');
  });

  test('takes no response for another invocation than the one that runs', async () => {
    expect(await post('invocation/another/response', {})).toBe(400);
  });
});
