import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cosmosClient, openContainer } from './client.ts';
import { type CosmosEmulator, startCosmos } from './cosmos-emulator.ts';

// What the SDK refuses to send, or hides from its caller: checked on the wire.

let cosmos: CosmosEmulator;
beforeAll(async () => {
  cosmos = await startCosmos({ key: Buffer.from('a key of the test').toString('base64') });
  await openContainer(cosmos, { id: 'wire' });
});
afterAll(() => cosmos.stop());

const docs = 'dbs/stand-in/colls/wire/docs';

async function send(options: {
  readonly key: string;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}) {
  const date = new Date().toUTCString();
  const text = `post\ndocs\ndbs/stand-in/colls/wire\n${date.toLowerCase()}\n\n`;
  const signature = createHmac('sha256', Buffer.from(options.key, 'base64')).update(text).digest('base64');
  const response = await fetch(`${cosmos.endpoint}/${docs}`, {
    method: 'POST',
    headers: {
      authorization: encodeURIComponent(`type=master&ver=1.0&sig=${signature}`),
      'x-ms-date': date,
      'x-ms-documentdb-partitionkey': '["p"]',
      ...options.headers,
    },
    body: JSON.stringify(options.body),
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

test('a request signed with another key, or with none, is answered 401', async () => {
  const wrong = cosmosClient({
    ...cosmos,
    endpoint: cosmos.endpoint,
    key: Buffer.from('wrong').toString('base64'),
  });
  await expect(wrong.database('stand-in').read()).rejects.toMatchObject({ code: 401 });
  expect((await fetch(`${cosmos.endpoint}/${docs}`)).status).toBe(401);
});

test('a signature over one resource does not serve for another', async () => {
  const answer = await send({ key: cosmos.key, body: { id: 'signed', pk: 'p' } });
  expect(answer.status).toBe(201);
  const other = await fetch(`${cosmos.endpoint}/dbs`, {
    method: 'POST',
    headers: { authorization: 'nonsense', 'x-ms-date': '' },
  });
  expect(other.status).toBe(401);
});

test('a batch of 101 operations is answered 400', async () => {
  const body = Array.from({ length: 101 }, (_, n) => ({
    operationType: 'Create',
    resourceBody: { id: `${n}`, pk: 'p' },
  }));
  const headers = { 'x-ms-cosmos-is-batch-request': 'True', 'x-ms-cosmos-batch-atomic': 'True' };
  const answer = await send({ key: cosmos.key, headers, body });
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('101') });
});

test('an item without an id, and a body that is not an object, are answered 400', async () => {
  expect((await send({ key: cosmos.key, body: { pk: 'p' } })).status).toBe(400);
  expect((await send({ key: cosmos.key, body: ['p'] })).status).toBe(400);
});

test('a partition key with too many components is answered 400', async () => {
  const headers = { 'x-ms-documentdb-partitionkey': '["p","q"]' };
  expect((await send({ key: cosmos.key, headers, body: { id: 'x', pk: 'p' } })).status).toBe(400);
});
