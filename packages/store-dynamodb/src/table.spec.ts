import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import {
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDbEmulator, startDynamoDb } from '@twinlog/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './command.ts';
import { printTable } from './print-table.ts';
import { createTable, pointInTimeRecovery, tableDefinition } from './table.ts';
import { clientOf } from './test-table.fixture.ts';

let emulator: DynamoDbEmulator;
let client: DynamoDBClient;
beforeAll(async () => {
  emulator = await startDynamoDb();
  client = clientOf(emulator.url);
});
afterAll(async () => {
  client.destroy();
  await emulator.stop();
});

async function recoveryOf(table: string): Promise<string | undefined> {
  const answer = await client.send(new DescribeContinuousBackupsCommand({ TableName: table }));
  return answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
}

describe('createTable', () => {
  test('makes a table that can be recovered, is encrypted and cannot be deleted', async () => {
    await createTable(client, 'made');
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'made' }));
    expect(Table).toMatchObject({
      DeletionProtectionEnabled: true,
      SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    });
    expect(await recoveryOf('made')).toBe('ENABLED');
  });

  test('called again, and by three at once, it leaves one table as it is', async () => {
    await Promise.all([
      createTable(client, 'again'),
      createTable(client, 'again'),
      createTable(client, 'again'),
    ]);
    const describe = new DescribeTableCommand({ TableName: 'again' });
    const before = await client.send(describe);
    await createTable(client, 'again');
    expect((await client.send(describe)).Table).toEqual(before.Table);
  });

  test('switches recovery on where a table has it off', async () => {
    await createTable(client, 'off');
    const off = {
      ...pointInTimeRecovery('off'),
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    };
    await client.send(new UpdateContinuousBackupsCommand(off));
    await createTable(client, 'off');
    expect(await recoveryOf('off')).toBe('ENABLED');
  });

  test('refuses a table of that name that is another one, and says what differs', async () => {
    const { GlobalSecondaryIndexes: [byAccount] = [], ...rest } = tableDefinition('other');
    const AttributeDefinitions = rest.AttributeDefinitions?.filter(
      ({ AttributeName }) => AttributeName !== 'bucket' && AttributeName !== 'id',
    );
    const indexes = byAccount === undefined ? [] : [byAccount];
    await client.send(
      new CreateTableCommand({ ...rest, AttributeDefinitions, GlobalSecondaryIndexes: indexes }),
    );
    await expect(createTable(client, 'other')).rejects.toMatchObject({
      code: 'table_differs',
      message: expect.stringMatching(/"other".*by-time HASH=bucket RANGE=id KEYS_ONLY/),
    });
  });

  test('does without backups where an emulator has none', async () => {
    emulator.fault = ({ name }) =>
      name.endsWith('ContinuousBackups')
        ? { kind: 'answer', status: 400, code: 'UnknownOperationException', message: 'No.' }
        : undefined;
    await createTable(client, 'plain');
    emulator.fault = undefined;
    expect(await recoveryOf('plain')).toBe('DISABLED');
  });
});

describe('printTable', () => {
  test('as CloudFormation is the very table that createTable makes, kept when the stack goes', () => {
    const template = JSON.parse(printTable('cloudformation', 'events'));
    const { StreamSpecification: _, SSESpecification: __, ...same } = tableDefinition('events');
    expect(template.Resources.Events).toEqual({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        ...same,
        DeletionProtectionEnabled: true,
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });

  test('as Terraform has every key, attribute and index, and every protection on', () => {
    const text = printTable('terraform', 'events');
    const flat = text.replaceAll(/\s+/g, ' ');
    for (const { AttributeName } of tableDefinition('events').AttributeDefinitions ?? [])
      expect(flat).toContain(`attribute { name = "${AttributeName}" type = "S" }`);
    for (const expected of [
      'resource "aws_dynamodb_table" "events" { name = "events" billing_mode = "PAY_PER_REQUEST"',
      'hash_key = "stream" range_key = "place" stream_enabled = true stream_view_type = "NEW_IMAGE"',
      'deletion_protection_enabled = true',
      '{ name = "by-account" hash_key = "account" range_key = "stream" projection_type = "KEYS_ONLY" }',
      '{ name = "by-time" hash_key = "bucket" range_key = "id" projection_type = "KEYS_ONLY" }',
      'point_in_time_recovery { enabled = true }',
      'server_side_encryption { enabled = true }',
      'prevent_destroy = true',
    ])
      expect(flat).toContain(expected);
    expect(printTable('terraform', `\${x}`)).toContain(`= "$\${x}"`);
  });
});

describe('the command', () => {
  test('prints the table and the permissions', async () => {
    expect(await run(['terraform', 'events'])).toMatchObject({
      exitCode: 0,
      out: printTable('terraform', 'events'),
    });
    const { out } = await run(['permissions']);
    expect(JSON.parse(out)).toHaveProperty('insert.Action', ['dynamodb:PutItem']);
  });

  test.each([[[]], [['terraform']], [['pulumi', 'events']], [['terraform', 'a', 'b']], [['--wrong']]])(
    'wrongly called with %j it says how, and exits with 2',
    async (args) => {
      expect(await run(args)).toMatchObject({
        exitCode: 2,
        out: '',
        err: expect.stringContaining('cloudformation <table>'),
      });
    },
  );

  test.each(['', 'ab', 'bad/name', 'a b c', 'é'.repeat(3), 'x'.repeat(256)])(
    'says in one line that %j is no name of a table, before anything is printed or created',
    async (name) => {
      for (const what of ['cloudformation', 'terraform', 'create']) {
        const { exitCode, out, err } = await run([what, name]);
        expect([exitCode, out, err.trimEnd().split('\n')]).toEqual([2, '', [expect.any(String)]]);
        expect(err).toContain(`${JSON.stringify(name)} is no name of a table`);
      }
      expect((await run(['terraform', 'Events_of-1.2'])).exitCode).toBe(0);
    },
  );

  test('creates the table where it is pointed, from a shell of its own', async () => {
    const cli = new URL('./cli.ts', import.meta.url).pathname;
    const env = {
      ...process.env,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    };
    const args = ['--conditions=twinlog-source', cli, 'create', 'by-command', '--endpoint', emulator.url];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    expect(stdout).toMatch(/"by-command" is there/);
    expect(await recoveryOf('by-command')).toBe('ENABLED');
  });

  test.each([
    [['terraform', 'events'], 'stdout', 0],
    [['destroy'], 'stderr', 2],
  ] as const)('ends as ever where nobody reads its output: %j, %s', async (args, unread, code) => {
    const cli = new URL('./cli.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--conditions=twinlog-source', cli, ...args]);
    const said = child.stderr.toArray().catch(() => []);
    child[unread].destroy();
    expect([(await once(child, 'close'))[0], (await said).join('')]).toEqual([code, '']);
  });

  test('that fails says why, and exits with 1', async () => {
    emulator.fault = () => ({
      kind: 'answer',
      status: 400,
      code: 'AccessDeniedException',
      message: 'Not you.',
    });
    const env = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    Object.assign(process.env, env);
    const ran = await run(['create', 'denied', '--endpoint', emulator.url]);
    emulator.fault = undefined;
    expect(ran).toEqual({ exitCode: 1, out: '', err: 'Not you.\n' });
  });
});
