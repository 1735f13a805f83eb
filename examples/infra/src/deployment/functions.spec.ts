import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { cellSettings } from '../settings.ts';
import { awsFunctions } from './bundle.ts';
import { lines, moduleNamed, readConfiguration, resource, source } from './configuration.fixture.ts';
import { isBody } from './hcl.ts';
import { sampleAwsEnvironment } from './sample-environment.ts';

beforeAll(readConfiguration);

/** Values of the shape that each variable has in a deployment. */
const sampleValues: Readonly<Record<string, string>> = {
  ...sampleAwsEnvironment,
  TWINLOG_PEER_URLS: 'aws-us-east-1=https://aws-us-east-1.aws.example.com',
  TWINLOG_POLICY: 'home-cell',
  TWINLOG_OPERATOR_ISSUER: 'https://login.microsoftonline.com/tenant/v2.0',
  TWINLOG_OPERATOR_AUDIENCE: 'operations',
};

describe('the functions', () => {
  const functionsOf = (): string[] => {
    const { functions } = moduleNamed('aws-cell').locals;
    return Object.keys(isBody(functions) ? functions : {}).sort();
  };

  test('on AWS are the modules of the zip file, each with a handler', async () => {
    expect(functionsOf()).toEqual([...awsFunctions]);
    for (const name of awsFunctions)
      expect(await source(`aws/functions/${name}.ts`)).toMatch(/^export (const|async function) handler\b/m);
  });

  test('on Azure are those of AWS by name', async () => {
    const registered = (await source('azure/functions.ts')).matchAll(/^app\.\w+\('(\w+)'/gm);
    expect([...registered].map(([, name]) => name).sort()).toEqual(functionsOf());
  });

  test('on Azure get what Event Grid delivers with its dates as they were', async () => {
    // The first bundle that is sure to have the extension 3.4.3, which no longer parses and rewrites them.
    const { extensionBundle } = JSON.parse(await source('azure/host.json'));
    expect(extensionBundle).toEqual({
      id: 'Microsoft.Azure.Functions.ExtensionBundle',
      version: '[4.22.0, 5.0.0)',
    });
  });

  test('that read in batches say what failed, and those on a schedule are called', () => {
    const mappings = [...moduleNamed('aws-cell').resources].filter(([address]) =>
      address.startsWith('aws_lambda_event_source_mapping.'),
    );
    expect(mappings.map(([address]) => address.split('.')[1]).sort()).toEqual(['receive', 'relay']);
    for (const [, mapping] of mappings)
      expect(mapping.function_response_types).toEqual(['ReportBatchItemFailures']);
    const schedules = resource('aws-cell', 'aws_scheduler_schedule.function').for_each;
    expect(Object.keys(isBody(schedules) ? schedules : {})).toEqual(['reconcile', 'sweep']);
  });

  test('are given every variable that they cannot do without, and none that they do not know', async () => {
    const code = (
      await Promise.all(
        ['settings.ts', 'topic.ts', 'aws/entra.ts', 'azure/identity.ts', 'azure/functions.ts'].map(source),
      )
    ).join();
    const known = new Set(code.match(/\b(TWINLOG_[A-Z_]+|EVENT_GRID_[A-Z]+|COSMOS__\w+|AZURE_CLIENT_ID)\b/g));
    const given = new Set(
      lines().flatMap(({ line }) =>
        [...line.matchAll(/^\s*(TWINLOG_[A-Z_]+|EVENT_GRID_[A-Z]+|COSMOS__\w+|AZURE_CLIENT_ID)\s*=/g)].map(
          ([, name]) => name ?? '',
        ),
      ),
    );
    const reserved = new Set(['COSMOS__credential', 'COSMOS__clientId']);
    expect([...given].filter((name) => !known.has(name) && !reserved.has(name))).toEqual([]);
    const cells = { TWINLOG_CELL: 'azure-eastus', TWINLOG_PEERS: 'aws-us-east-1' };
    const environment = Object.fromEntries([...given].map((name) => [name, sampleValues[name] ?? '1']));
    expect(() => cellSettings({ ...environment, ...cells })).not.toThrow();
  });

  test('may do on DynamoDB what the package says that it needs', async () => {
    const permissions: Readonly<Record<string, { readonly Action: readonly string[] }>> = JSON.parse(
      await readFile(
        new URL('../../../../packages/store-dynamodb/permissions.json', import.meta.url),
        'utf8',
      ),
    );
    const roles = moduleNamed('aws-cell').files.get('roles.tf') ?? '';
    for (const operation of ['insert', 'read', 'readRecent', 'keepSnapshot', 'list', 'scan', 'relay']) {
      const actions = permissions[operation]?.Action ?? [];
      expect(actions.length).toBeGreaterThan(0);
      for (const action of actions) expect.soft(roles, `${operation}: ${action}`).toContain(`"${action}"`);
    }
  });

  test('may do on Cosmos DB what the package says that it needs', async () => {
    const permissions: Readonly<Record<string, readonly string[]>> = JSON.parse(
      await readFile(new URL('../../../../packages/store-cosmos/permissions.json', import.meta.url), 'utf8'),
    );
    const roles = (moduleNamed('azure-cell').files.get('cosmos.tf') ?? '').replaceAll(
      '${local.containers}',
      'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers',
    );
    const log = roles.slice(roles.indexOf('    log = {'), roles.indexOf('    leases = {'));
    for (const operation of ['insert', 'read', 'readRecent', 'keepSnapshot', 'list', 'scan', 'relay']) {
      for (const action of permissions[operation] ?? [])
        expect.soft(log, `${operation}: ${action}`).toContain(`"${action}"`);
    }
  });

  test('may do with dead letters what the bridge does, for operators as well', async () => {
    const [dynamoDb, cosmos] = await Promise.all(
      ['dynamodb', 'cosmos'].map((name) =>
        readFile(new URL(`../../../../packages/bridge/src/dead-letters/${name}.ts`, import.meta.url), 'utf8'),
      ),
    );
    const commands = [...new Set((dynamoDb ?? '').match(/new (Put|Get|Delete|Scan|Query)Command/g))];
    expect(commands).toHaveLength(4);
    const roles = moduleNamed('aws-cell').files.get('roles.tf') ?? '';
    const grants = roles.slice(
      roles.indexOf('    keep_dead_letters = {'),
      roles.indexOf('    read_stream = {'),
    );
    for (const command of commands) {
      const [, verb = ''] = /new (\w+)Command/.exec(command) ?? [];
      expect.soft(grants).toContain(`"dynamodb:${verb === 'Scan' ? verb : `${verb}Item`}"`);
    }
    const role = moduleNamed('azure-cell').files.get('cosmos.tf')?.split('    dead-letters = {')[1] ?? '';
    const actions = { 'items.upsert(': 'upsert', ').read(': 'read', ').delete(': 'delete' };
    for (const [call, action] of Object.entries(actions)) {
      expect.soft(cosmos).toContain(call);
      expect.soft(role).toContain(`/items/${action}"`);
    }
    expect.soft(role).toContain('/executeQuery"');
  });
});
