import { CreateTableCommand, DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '@twinlog/core';
import { cosmosClient, startCosmos, startDynamoDb } from '@twinlog/emulators';
import { afterAll, describe, expect, test } from 'vitest';
import { createCosmosDeadLetters, deadLetterContainer } from './cosmos.ts';
import { type DeadLetter, type DeadLetters, deadLetter, IncompleteLetterError } from './dead-letter.ts';
import { createDynamoDbDeadLetters, deadLetterTable } from './dynamodb.ts';
import { createMemoryDeadLetters } from './memory.ts';
import { fromStored, type StoredLetter, toStored } from './parts.ts';

interface Kept {
  readonly deadLetters: DeadLetters;
  /** The same letters, by a process that breaks off before it deletes a second thing; undefined where nothing is cut. */
  readonly breaksOff?: DeadLetters;
  /** Takes an item out of the database, behind the back of whoever keeps letters there. */
  readonly lose?: (id: string) => Promise<unknown>;
  /** Cuts the database off and brings it back; undefined where there is none. */
  readonly outage?: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };
}

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

async function inDynamoDb(): Promise<Kept> {
  const database = await startDynamoDb();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({
    endpoint: database.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  await client.send(new CreateTableCommand(deadLetterTable('letters')));
  const failing = new DynamoDBClient({ endpoint: database.url, region: 'us-east-1', credentials });
  let deletes = 0;
  failing.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'DeleteItemCommand') deletes += 1;
        if (deletes > 1) throw new Error('broken off');
        return next(args);
      },
    { step: 'initialize' },
  );
  stops.push(async () => {
    client.destroy();
    failing.destroy();
    await database.stop();
  });
  return {
    breaksOff: createDynamoDbDeadLetters({
      client: DynamoDBDocumentClient.from(failing),
      table: 'letters',
    }),
    deadLetters: createDynamoDbDeadLetters({
      client: DynamoDBDocumentClient.from(client),
      table: 'letters',
    }),
    lose: (id) => client.send(new DeleteItemCommand({ TableName: 'letters', Key: { id: { S: id } } })),
    outage: { begin: database.cut, end: database.restore },
  };
}

async function inCosmos(): Promise<Kept> {
  const cosmos = await startCosmos();
  const client = cosmosClient(cosmos);
  const { database } = await client.databases.createIfNotExists({ id: 'twinlog' });
  const { container } = await database.containers.createIfNotExists(deadLetterContainer('letters'));
  stops.push(async () => {
    client.dispose();
    await cosmos.stop();
  });
  let deletes = 0;
  const failing = new Proxy(container, {
    get: (target, name) => {
      if (name !== 'item') return Reflect.get(target, name);
      return (id: string, key: string) => {
        const item = target.item(id, key);
        const forget = item.delete.bind(item);
        return Object.assign(item, {
          delete: () => {
            deletes += 1;
            return deletes > 1 ? Promise.reject(new Error('broken off')) : forget();
          },
        });
      };
    },
  });
  return {
    breaksOff: createCosmosDeadLetters(failing),
    deadLetters: createCosmosDeadLetters(container),
    lose: (id) => container.item(id, id).delete(),
    outage: { begin: cosmos.cut, end: cosmos.restore },
  };
}

function letter(content: DeadLetter['content'], code: DeadLetter['code'] = 'malformed'): DeadLetter {
  return deadLetter({ direction: 'in', code, detail: 'It holds no events.' }, content, 1_000);
}

async function listed(deadLetters: DeadLetters, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await deadLetters.list({ limit, ...(after !== undefined && { after }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

describe.each([
  ['in memory', async (): Promise<Kept> => ({ deadLetters: createMemoryDeadLetters() })],
  ['in DynamoDB', inDynamoDb],
  ['in Cosmos DB', inCosmos],
])('dead letters %s', (_, open) => {
  test('come back whole, whatever they hold', async () => {
    const { deadLetters } = await open();
    const letters = [
      letter({ json: '{"amount":"1.00","note":"ä\\u0000😀"}' }, 'invalid_event'),
      letter({ base64: '/w==', headers: { 'content-type': 'text/plain' } }),
      letter({ base64: '' }),
    ];
    for (const one of letters) await deadLetters.put(one);
    for (const one of letters) expect(await deadLetters.get(one.id)).toEqual(one);
    expect(await deadLetters.get('nothing')).toBeUndefined();
  });

  test('may be as large as the largest delivery, and one is one entry of the list', async () => {
    const { deadLetters } = await open();
    const large = letter({ base64: Buffer.alloc(1_572_864, 7).toString('base64') });
    await deadLetters.put(large);
    expect(await deadLetters.get(large.id)).toEqual(large);
    const { content: _, ...summary } = large;
    expect((await deadLetters.list({ limit: 1_000 })).items).toEqual([summary]);
    await deadLetters.remove(large.id);
    expect(await deadLetters.get(large.id)).toBeUndefined();
    expect(await listed(deadLetters, 10)).toEqual([]);
  });

  test('are listed page by page, each once', async () => {
    const { deadLetters } = await open();
    const letters = Array.from({ length: 25 }, (_, index) => letter({ json: String(index) }));
    for (const one of [...letters, ...letters]) await deadLetters.put(one);
    const ids = await listed(deadLetters, 10);
    expect(ids.toSorted()).toEqual(letters.map(({ id }) => id).sort());
  });

  test('are forgotten once and for all, and another letter is not', async () => {
    const { deadLetters } = await open();
    const [first, second] = [letter({ json: '1' }), letter({ json: '2' })];
    for (const one of [first, second]) await deadLetters.put(one);
    await deadLetters.remove(first.id);
    await deadLetters.remove(first.id);
    expect(await deadLetters.get(first.id)).toBeUndefined();
    expect(await deadLetters.get(second.id)).toEqual(second);
  });

  test('are gone, or come whole, though who forgets one breaks off midway', async () => {
    const { deadLetters, breaksOff } = await open();
    if (breaksOff === undefined) return;
    const large = letter({ base64: Buffer.alloc(1_572_864, 7).toString('base64') });
    await deadLetters.put(large);
    await expect(breaksOff.remove(large.id)).rejects.toThrow(StoreUnavailableError);
    expect(await deadLetters.get(large.id)).toBeUndefined();
    expect(await listed(deadLetters, 10)).toEqual([]);
    await deadLetters.put(large);
    expect(await deadLetters.get(large.id)).toEqual(large);
  });

  test('of which a part is gone are no riddle, and are whole again once they come again, or forgotten', async () => {
    const { deadLetters, lose } = await open();
    if (lose === undefined) return;
    const large = letter({ base64: Buffer.alloc(1_572_864, 7).toString('base64') });
    await deadLetters.put(large);
    await lose(`${large.id}~1`);
    await expect(deadLetters.get(large.id)).rejects.toThrow(IncompleteLetterError);
    await deadLetters.put(large);
    expect(await deadLetters.get(large.id)).toEqual(large);
    await lose(`${large.id}~1`);
    await deadLetters.remove(large.id);
    expect(await deadLetters.get(large.id)).toBeUndefined();
    expect(await listed(deadLetters, 10)).toEqual([]);
  });

  test('say that they are away while their database is, and lose nothing by it', async () => {
    const { deadLetters, outage } = await open();
    if (outage === undefined) return;
    const kept = letter({ json: '1' });
    await deadLetters.put(kept);
    await outage.begin();
    const calls = [
      () => deadLetters.put(letter({ json: '2' })),
      () => deadLetters.list({ limit: 1 }),
      () => deadLetters.get(kept.id),
      () => deadLetters.remove(kept.id),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailableError);
    await outage.end();
    expect(await deadLetters.get(kept.id)).toEqual(kept);
  });
});

test('an id is no option to a command line, whatever the letter holds', () => {
  const ids = Array.from({ length: 500 }, (_, index) => letter({ json: `${index}` }).id);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(500);
});

test('one thing in two orders is the same letter, to the last byte of each of its parts', () => {
  const members = { a: 'x'.repeat(1_000), b: ['y'.repeat(1_000)], c: { d: 1, e: 2 } };
  const inOtherOrder = { c: { e: 2, d: 1 }, b: members.b, a: members.a };
  const [one, other] = [members, inOtherOrder].map((content) =>
    toStored(letter({ json: JSON.stringify(content) }), 300),
  );
  expect(other).toEqual(one);
  expect(one?.rest.length).toBeGreaterThan(5);
});

test('no letter is put together of the parts of two', () => {
  const stored = (note: string) =>
    toStored(letter({ base64: Buffer.from(note.repeat(1_000)).toString('base64') }), 300);
  const [one, other] = [stored('one'), stored('two')];
  const parts = (of: StoredLetter) => of.rest.map(({ part }) => part);
  expect(fromStored(one.head, parts(one))).toMatchObject({ id: one.head.id });
  expect(fromStored(one.head, [...parts(one).slice(0, -1), ...parts(other).slice(-1)])).toBeUndefined();
  expect(fromStored(one.head, [...parts(one).slice(0, -1), 'AAAA'])).toBeUndefined();
});

test('a reason is text that every database takes, wherever it is cut', () => {
  for (const detail of ['\ud800', `${'x'.repeat(999)}😀`]) {
    const kept = deadLetter({ direction: 'in', code: 'malformed', detail }, { json: '1' }, 0);
    expect(kept.detail.isWellFormed()).toBe(true);
  }
});
