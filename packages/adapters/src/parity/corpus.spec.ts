import { type HttpHandler, HttpResponse, InvocationContext } from '@azure/functions';
import { canonicalJson, transactionId } from '@twinlog/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiGateway } from '../api-gateway.ts';
import { azureFunctions } from '../azure-functions.ts';
import { testCell } from '../cell.spec.fixture.ts';
import type { MeanCase } from './mean-case.spec.fixture.ts';
import { meanCases } from './mean-cases.spec.fixture.ts';
import { recordedEvents } from './recorded-events.spec.fixture.ts';
import {
  functionsRequest,
  type Sent,
  startNodeWay,
  throughFunctions,
  throughHttpApi,
  throughRestApi,
} from './shells.spec.fixture.ts';

let node: Awaited<ReturnType<typeof startNodeWay>>;
beforeAll(async () => {
  node = await startNodeWay();
});
afterAll(() => node.stop());

function sentOf({ method, target, headers = [], body = '' }: MeanCase): Sent {
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.base64, 'base64');
  return { method, target, headers, body: Uint8Array.from(bytes) };
}

describe('the corpus of mean cases', () => {
  test.each(meanCases.map((mean) => [mean.name, mean] as const))('%s', async (_, mean) => {
    const answers = [];
    for (const through of [throughHttpApi, throughRestApi, throughFunctions, node.through]) {
      const cell = testCell();
      const { status, headers, body } = await through(cell.api, sentOf(mean));
      answers.push({ status, headers, body, events: await cell.eventCount() });
    }
    const [first] = answers;
    expect(first?.status).toBe(mean.status);
    if (mean.code !== undefined) expect(JSON.parse(first?.body ?? '')).toMatchObject({ code: mean.code });
    if (mean.status >= 400) expect(first?.events).toBe(0);
    for (const answer of answers) expect(answer).toEqual(first);
  });

  test('has each case once, under a name of its own', () => {
    expect(new Set(meanCases.map(({ name }) => name)).size).toBe(meanCases.length);
    expect(new Set(meanCases.map((mean) => canonicalJson({ ...mean, name: '' }))).size).toBe(
      meanCases.length,
    );
  });
});

describe('an event as the documentation has it', () => {
  const created = { transaction_id: transactionId('acc-1', 'order-1', () => 0) };

  test.each(recordedEvents)('from %s is the create that it carries', async (_, event) => {
    const { api } = testCell();
    const answer = await apiGateway(api)(event);
    expect([answer.statusCode, JSON.parse(answer.body), answer.isBase64Encoded]).toEqual([
      201,
      created,
      false,
    ]);
  });

  test('from a Functions host is too, with the real classes around it', async () => {
    const body = Buffer.from('{"account_id":"acc-1","amount":"10.00","currency":"USD"}');
    const headers = [
      ['content-type', 'application/json'],
      ['idempotency-key', 'order-1'],
    ] as const;
    const request = functionsRequest({ method: 'POST', target: '/transactions?a=1&a=2', headers, body });
    const handler: HttpHandler = azureFunctions(testCell().api);
    const answer = await handler(request, new InvocationContext());
    const answered = new HttpResponse(answer);
    expect([answered.status, await answered.json()]).toEqual([201, created]);
  });
});
