import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PartitionKeyDefinitionVersion } from '@azure/cosmos';
import { changeFeedRetry } from '@twinlog/bridge';
import { sourceOf } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { containerDefinition } from '@twinlog/store-cosmos';
import { encodeItem, indexes, tableDefinition } from '@twinlog/store-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { queueMessageBytes } from '../cell.ts';
import { cellSettings } from '../settings.ts';
import { type Body, blocks, type HclModule, isBody, readModule } from './hcl.ts';
import { documented, withTables } from './module-docs.ts';

const root = fileURLToPath(new URL('../../terraform', import.meta.url));
const moduleNames = [
  'aws-cell',
  'azure-cell',
  'routing',
  'dns/aws',
  'dns/azure',
  'dns/certificate',
  'mesh',
  'federation/aws',
  'federation/azure',
  'observability/aws',
  'observability/azure',
];
const modules = new Map<string, HclModule>();

beforeAll(async () => {
  modules.set('root', await readModule(root));
  for (const name of moduleNames) modules.set(name, await readModule(`${root}/modules/${name}`));
});

const moduleNamed = (name: string): HclModule => {
  const found = modules.get(name);
  if (found === undefined) throw new Error(`There is no module ${name}.`);
  return found;
};
const resource = (module: string, address: string): Body => {
  const found = moduleNamed(module).resources.get(address);
  if (found === undefined) throw new Error(`The module ${module} has no ${address}.`);
  return found;
};
/** Every line of every module, without comments that stand alone. */
const lines = (): { readonly where: string; readonly line: string }[] =>
  [...modules].flatMap(([name, { files }]) =>
    [...files].flatMap(([file, text]) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          /^\s*#/.test(line) ? [] : [{ where: `${name}/${file}:${index + 1}`, line }],
        ),
    ),
  );
const source = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

/** Values of the shape that each variable has in a deployment. */
const sampleValues: Readonly<Record<string, string>> = {
  TWINLOG_PEER_URLS: 'aws-us-east-1=https://aws-us-east-1.aws.example.com',
  TWINLOG_POLICY: 'home-cell',
  TWINLOG_RECEIVE_ISSUER: 'https://login.microsoftonline.com/tenant/v2.0',
  TWINLOG_RECEIVE_AUDIENCE: 'application',
  TWINLOG_RECEIVE_SUBJECTS: 'event-grid',
  TWINLOG_PEER_SUBJECTS: 'azure-eastus',
  TWINLOG_TOKEN_ISSUER: 'https://login.example.com/',
  TWINLOG_TOKEN_AUDIENCE: 'https://api.example.com',
  TWINLOG_TOKEN_KEYS: 'https://login.example.com/keys',
};

describe('the table of the log', () => {
  test('has the keys, indexes and stream of the package that writes it', () => {
    const definition = tableDefinition('twinlog');
    const table = resource('aws-cell', 'aws_dynamodb_table.log');
    const key = (type: string, schema = definition.KeySchema): string | undefined =>
      schema?.find(({ KeyType }) => KeyType === type)?.AttributeName;

    expect({
      billing: table.billing_mode,
      hash: table.hash_key,
      range: table.range_key,
      attributes: blocks(table, 'attribute').map(({ name, type }) => ({ name, type })),
      indexes: blocks(table, 'global_secondary_index'),
      stream: [table.stream_enabled, table.stream_view_type],
      encrypted: blocks(table, 'server_side_encryption')[0]?.enabled,
    }).toEqual({
      billing: definition.BillingMode,
      hash: key('HASH'),
      range: key('RANGE'),
      attributes: definition.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => ({
        name: AttributeName,
        type: AttributeType,
      })),
      indexes: definition.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
        name: IndexName,
        hash_key: key('HASH', KeySchema),
        range_key: key('RANGE', KeySchema),
        projection_type: Projection?.ProjectionType,
      })),
      stream: [definition.StreamSpecification?.StreamEnabled, definition.StreamSpecification?.StreamViewType],
      encrypted: definition.SSESpecification?.Enabled,
    });
  });

  test('has the indexes that functions may query, and no other', () => {
    const roles = moduleNamed('aws-cell').files.get('roles.tf') ?? '';
    const granted = [...roles.matchAll(/\/index\/([a-z-]+)"/g)].map(([, name]) => name);
    expect(granted.sort()).toEqual(Object.values(indexes).sort());
  });
});

describe('the containers', () => {
  test('of events are those of the package that writes them', () => {
    const definition = containerDefinition('events');
    const container = resource('azure-cell', 'azurerm_cosmosdb_sql_container.events');
    const indexing = blocks(container, 'indexing_policy')[0];
    const paths = (name: string): unknown[] => blocks(indexing, name).map(({ path }) => ({ path }));

    expect({
      id: container.name,
      partitionKey: container.partition_key_paths,
      version: container.partition_key_version,
      mode: indexing?.indexing_mode,
      included: paths('included_path'),
      excluded: paths('excluded_path'),
      ttl: container.default_ttl,
    }).toEqual({
      id: definition.id,
      partitionKey: definition.partitionKey?.paths,
      version: definition.partitionKey?.version === PartitionKeyDefinitionVersion.V2 ? 2 : 1,
      mode: definition.indexingPolicy?.indexingMode,
      included: definition.indexingPolicy?.includedPaths,
      excluded: definition.indexingPolicy?.excludedPaths,
      ttl: definition.defaultTtl,
    });
  });

  test('are those that the functions name', async () => {
    const functions = await source('azure/functions.ts');
    const beside = String(resource('azure-cell', 'azurerm_cosmosdb_sql_container.beside').for_each);
    expect(beside).toContain(`"${/leaseContainerName: '([^']+)'/.exec(functions)?.[1]}"`);
    expect(beside).toContain('"twinlog-dead-letters"');
    expect(functions).toMatch(/containerName: 'events'/);
  });
});

describe('replication', () => {
  test('leaves a cell by its own events alone: the filter knows them by their place', () => {
    const relay = resource('aws-cell', 'aws_lambda_event_source_mapping.relay');
    const pattern = String(blocks(blocks(relay, 'filter_criteria')[0], 'filter')[0]?.pattern);
    expect(pattern).toContain('place = { S = [{ prefix = "${var.cell}." }] }'.replaceAll(/\s+/g, ' '));
    const place = (origin: string): string =>
      encodeItem(sampleEvent({ stream: 'txn_1', origin })).place ?? '';
    expect(place('aws-us-east-1.2').startsWith('aws-us-east-1.')).toBe(true);
    // A cell whose name goes on where another's ends is another cell.
    expect(place('aws-us-east-1b.1').startsWith('aws-us-east-1.')).toBe(false);
  });

  test('is passed on by the source that events carry', () => {
    const subscription = resource('mesh', 'azurerm_eventgrid_event_subscription.replication');
    const filter = blocks(blocks(subscription, 'advanced_filter')[0], 'string_begins_with')[0];
    const [prefix = ''] = Array.isArray(filter?.values) ? filter.values.map(String) : [];
    expect(prefix.replace('${each.value.origin}', 'aws-us-east-1')).toBe(sourceOf('aws-us-east-1.'));
  });

  test('waits in messages that the queue takes', () => {
    expect(resource('aws-cell', 'aws_sqs_queue.inbound').max_message_size).toBe(queueMessageBytes);
  });

  test('is wired in both directions: to functions on Azure, to webhooks on AWS', () => {
    const subscription = resource('mesh', 'azurerm_eventgrid_event_subscription.replication');
    const dynamic = isBody(subscription.dynamic) ? subscription.dynamic : {};
    expect(Object.keys(dynamic).sort()).toEqual(['azure_function_endpoint', 'webhook_endpoint']);
    expect(String(moduleNamed('mesh').locals.subscriptions)).toContain('if destination != of.origin');
    const mesh = moduleNamed('root').modules.get('mesh');
    expect([mesh?.azure_destinations, mesh?.aws_destinations].map(String).join()).toMatch(
      /receive_function_id.*cell\.url/s,
    );
  });

  test('reaches the path that the API serves, and the function that the app has', async () => {
    expect(JSON.stringify(resource('mesh', 'azurerm_eventgrid_event_subscription.replication'))).toContain(
      '/replication/events"',
    );
    const outputs = JSON.stringify([...moduleNamed('azure-cell').outputs]);
    expect(outputs).toContain('/functions/receive');
  });

  test('on the change feed has its retry policy, without an end', async () => {
    expect(changeFeedRetry.maxRetryCount).toBe(-1);
    expect(await source('azure/functions.ts')).toContain('retry: changeFeedRetry');
  });
});

describe('the functions', () => {
  const functionsOf = (): string[] => {
    const { functions } = moduleNamed('aws-cell').locals;
    return Object.keys(isBody(functions) ? functions : {}).sort();
  };

  test('on AWS are the exports of the entry point', async () => {
    const exported = [
      ...(await source('aws/lambda.ts')).matchAll(/^export (?:const|async function) (\w+)/gm),
    ];
    expect(functionsOf()).toEqual(exported.map(([, name]) => name).sort());
  });

  test('on Azure are those of AWS by name', async () => {
    const registered = (await source('azure/functions.ts')).matchAll(/^app\.\w+\('(\w+)'/gm);
    expect([...registered].map(([, name]) => name).sort()).toEqual(functionsOf());
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
    const reserved = new Set(['TWINLOG_AWS_ROLE_ARN', 'COSMOS__credential', 'COSMOS__clientId']);
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
    for (const operation of ['insert', 'read', 'list', 'scan', 'relay']) {
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
    for (const operation of ['insert', 'read', 'list', 'scan', 'relay']) {
      for (const action of permissions[operation] ?? [])
        expect.soft(log, `${operation}: ${action}`).toContain(`"${action}"`);
    }
  });
});

describe('every region of AWS that may have a cell', () => {
  test('has its provider, its certificate, its cell and its alarms', () => {
    const configuration = moduleNamed('root');
    const nearest = configuration.locals.nearest_azure_region;
    const regions = Object.keys(isBody(nearest) ? nearest : {});
    expect(regions.length).toBeGreaterThanOrEqual(2);
    for (const region of regions) {
      const name = region.replaceAll('-', '_');
      const provider = configuration.providers.find((body) => body.region === region);
      expect.soft(provider, region).toBeDefined();
      const alias = provider?.alias === undefined ? 'aws' : `aws.${provider.alias}`;
      for (const kind of ['certificate', 'aws', 'alarms']) {
        const body = configuration.modules.get(`${kind}_${name}`);
        expect.soft(body, `${kind}_${name}`).toBeDefined();
        const providers = isBody(body?.providers) ? body.providers : {};
        expect.soft(providers.aws, `${kind}_${name}`).toBe(`\${${alias}}`);
      }
      for (const merged of ['aws', 'certificates']) {
        const call = merged === 'aws' ? `module.aws_${name}` : `module.certificate_${name}`;
        expect.soft(String(configuration.locals[merged]), merged).toContain(call);
      }
    }
  });
});

describe('every alarm', () => {
  test('is sent to somebody', () => {
    const alarms = [...moduleNamed('observability/aws').resources].filter(([address]) =>
      address.startsWith('aws_cloudwatch_metric_alarm.'),
    );
    expect(alarms).toHaveLength(3);
    for (const [address, { alarm_actions: actions }] of alarms) expect.soft(actions, address).toHaveLength(1);
    const alerts = [...moduleNamed('observability/azure').resources].filter(([address]) =>
      /metric_alert|alert_v2/.test(address),
    );
    expect(alerts).toHaveLength(5);
    for (const [address, alert] of alerts) expect.soft(blocks(alert, 'action'), address).toHaveLength(1);
  });
});

describe('rights', () => {
  test('have no * without a reason beside it', () => {
    const stars = lines().filter(
      ({ line }) => /"\*"|:\*[":]|:\*"|\/\*"|-\*"/.test(line) && !/(url_template|path +=)/.test(line),
    );
    const unexplained = stars.filter(({ line }) => !/# why \*: \S/.test(line));
    expect(stars.length).toBeGreaterThan(10);
    expect(unexplained.map(({ where, line }) => `${where} ${line.trim()}`)).toEqual([]);
  });

  test('come from no key and no connection string', () => {
    const forbidden =
      /(primary|secondary)_(access_)?key|connection_string|account_?key|shared_key\b|client_secret|password|sas_token|listkeys|aws_access_key|site_credential/i;
    const found = lines().filter(({ line }) => forbidden.test(line.replace(/#.*$/, '')));
    expect(found.map(({ where, line }) => `${where} ${line.trim()}`)).toEqual([]);
  });

  test('are given by key nowhere: whatever could take one, refuses', () => {
    const expected: readonly (readonly [string, string, string, unknown])[] = [
      ['azure-cell', 'azurerm_cosmosdb_account.log', 'local_authentication_disabled', true],
      ['azure-cell', 'azurerm_storage_account.host', 'shared_access_key_enabled', false],
      ['azure-cell', 'azurerm_log_analytics_workspace.cell', 'local_authentication_enabled', false],
      ['mesh', 'azurerm_eventgrid_topic.cell', 'local_auth_enabled', false],
      ['mesh', 'azurerm_storage_account.dead_letters', 'shared_access_key_enabled', false],
    ];
    for (const [module, address, attribute, value] of expected) {
      expect.soft(resource(module, address)[attribute], `${module}: ${address}`).toBe(value);
    }
  });
});

describe('every module', () => {
  test.each(['root', ...moduleNames])(
    '%s types and describes its variables, describes its outputs',
    (name) => {
      const { variables, outputs } = moduleNamed(name);
      for (const [variable, { type, description }] of variables) {
        expect.soft(type, `${variable} has a type`).toBeDefined();
        expect.soft(String(description ?? ''), `${variable} is described`).toMatch(/\S.*\.$/s);
      }
      for (const [output, { description }] of outputs) {
        expect.soft(String(description ?? ''), `${output} is described`).toMatch(/\S.*\.$/s);
      }
    },
  );

  test.each(documented)('has its tables in $readme as it is today', async ({ readme, parts }) => {
    const text = await readFile(`${root}/${readme}`, 'utf8');
    for (const [mark, folder] of parts) {
      const module = moduleNamed(folder === '.' ? 'root' : folder.replace('modules/', ''));
      expect.soft(withTables(text, mark, module) === text, `npm run infra:docs: ${folder}`).toBe(true);
    }
  });

  test('is in the list above', () => {
    for (const name of moduleNames)
      expect(existsSync(`${root}/modules/${name}/main.tf`) || name).toBeTruthy();
    const called = [...moduleNamed('root').modules.values()].map(({ source: path }) =>
      String(path).replace('./modules/', ''),
    );
    expect([...new Set(called)].sort()).toEqual([...moduleNames].sort());
  });
});
