import { readFileSync } from 'node:fs';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { sampleEvent } from '@twinlog/core/testing';
import { type DynamoDbEmulator, startDynamoDb } from '@twinlog/emulators';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contributionsTableDefinition, createDynamoDbContributions } from './contributions.ts';
import { createDynamoDbEventStore } from './dynamodb-event-store.ts';
import { createTable } from './table.ts';
import { clientOf } from './test-table.fixture.ts';

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

const file = new URL('../permissions.json', import.meta.url);
const permissions: Readonly<Record<string, Statement>> = JSON.parse(readFileSync(file, 'utf8'));

const table = 'events';
let emulator: DynamoDbEmulator;
const client = () => clientOf(emulator.url);
beforeAll(async () => {
  emulator = await startDynamoDb();
});
afterAll(() => emulator.stop());

/** What was asked of the service on the wire, as IAM would look at it. */
async function seenOf(act: () => Promise<unknown>): Promise<Statement> {
  const actions = new Set<string>();
  const resources = new Set<string>();
  emulator.fault = ({ name, index, table: asked }) => {
    actions.add(`dynamodb:${name}`);
    const arn = asked === 'totals' ? `\${TotalsTableArn}` : `\${TableArn}`;
    resources.add(index === undefined ? arn : `${arn}/index/${index}`);
    return undefined;
  };
  await act();
  emulator.fault = undefined;
  return { Action: [...actions].sort(), Resource: [...resources].sort() };
}

test('what each operation asks of the service is exactly what its statement allows, no more and no less', async () => {
  await client().send(new CreateTableCommand(contributionsTableDefinition('totals')));
  const created = await seenOf(() => createTable(client(), table));
  const store = createDynamoDbEventStore({ client: client(), table });
  const event = sampleEvent({ stream: 's', account: 'a', at: 1_000 });
  const seen = {
    createTable: created,
    insert: await seenOf(async () => {
      expect(await store.insert(event)).toEqual({ inserted: true });
      expect(await store.insert(event)).toEqual({ inserted: false, existing: event });
    }),
    read: await seenOf(async () => expect(await store.read('s')).toHaveLength(1)),
    readRecent: await seenOf(async () =>
      expect((await store.snapshots?.readRecent('s', 8, () => undefined))?.events).toHaveLength(1),
    ),
    keepSnapshot: await seenOf(async () => store.snapshots?.keep('s', 'text')),
    list: await seenOf(() => store.list({ account: 'a', limit: 1 })),
    totals: await seenOf(async () => {
      const totals = createDynamoDbContributions({ client: client(), table: 'totals' });
      const none = { authorised: 0n, captured: 0n, refunded: 0n, currency: 'USD' };
      const row = { ...none, account: 'a', stream: 's', version: 'aws-us-east-1.1=1' };
      await totals.keep(row, (await totals.find('a', 's'))?.revision);
      await totals.keep(row, (await totals.find('a', 's'))?.revision);
      expect(await totals.list('a')).toEqual([row]);
    }),
    scan: await seenOf(() => store.scan({ origin: 'aws-us-east-1.1', from: 0, to: 2_000, limit: 1 })),
  };
  const { relay, ...exercised } = permissions;
  expect(exercised).toMatchObject(seen);
  expect(Object.keys(exercised).sort()).toEqual(Object.keys(seen).sort());
  expect(relay?.Resource).toEqual([`\${TableArn}/stream/*`]);
});

test('the README’s table names every operation, with each of its actions', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const [operation, { Action }] of Object.entries(permissions)) {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${operation}\``));
    for (const action of Action) expect(row, operation).toContain(action.slice('dynamodb:'.length));
  }
});

test('every statement allows whole actions of DynamoDB on its own table alone', () => {
  for (const { Action, Resource, ...rest } of Object.values(permissions)) {
    expect(rest).toEqual({ Sid: expect.stringMatching(/^Twinlog[A-Za-z]+$/), Effect: 'Allow' });
    for (const action of Action) expect(action).toMatch(/^dynamodb:[A-Z][A-Za-z]+$/);
    for (const resource of Resource)
      expect(resource).toMatch(/^\$\{(Totals)?TableArn\}(\/index\/[a-z-]+|\/stream\/\*)?$/);
  }
});
