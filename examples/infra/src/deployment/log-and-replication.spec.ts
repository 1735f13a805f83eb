import { readFile } from 'node:fs/promises';
import { PartitionKeyDefinitionVersion } from '@azure/cosmos';
import { changeFeedRetry } from '@twinlog/bridge';
import { sourceOf } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
import { containerDefinition } from '@twinlog/store-cosmos';
import { encodeItem, indexes, tableDefinition } from '@twinlog/store-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { queueMessageBytes } from '../replication.ts';
import { moduleNamed, readConfiguration, resource, root, source } from './configuration.fixture.ts';
import { blocks, isBody } from './hcl.ts';

beforeAll(readConfiguration);

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

describe('what holds the log on Azure', () => {
  const guarded = () =>
    [...moduleNamed('azure-cell').resources].filter(([address]) =>
      /^azurerm_cosmosdb_(account|sql_database|sql_container)\./.test(address),
    );

  test('is deleted by no apply, whatever is changed', () => {
    expect(guarded()).toHaveLength(4);
    for (const [address, body] of guarded())
      expect.soft(blocks(body, 'lifecycle')[0]?.prevent_destroy, address).toBe(true);
  });

  test('may be, in the copy that the tests run in, and nowhere else', async () => {
    const text = await readFile(`${root}/tests/unguarded.tf`, 'utf8');
    const named = [...text.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map(
      ([, type, name]) => `${type}.${name}`,
    );
    expect(named.sort()).toEqual(
      guarded()
        .map(([address]) => address)
        .sort(),
    );
  });

  test('is locked again after its roles were given to another identity, and not before', () => {
    const lock = resource('azure-cell', 'azurerm_management_lock.log');
    const below = [...moduleNamed('azure-cell').resources.keys()].filter((address) =>
      address.includes('_role_assignment.'),
    );
    const locked = below.filter((address) => {
      const { scope } = resource('azure-cell', address);
      return address.startsWith('azurerm_cosmosdb_') || String(scope).includes('azurerm_cosmosdb_account');
    });
    expect(blocks(lock, 'lifecycle')[0]?.replace_triggered_by).toEqual(
      locked.map((address) => `\${${address}}`),
    );
  });

  test('is taken out of the state by who tears it down, all of it', async () => {
    const text = await readFile(new URL('../../docs/runbooks/tear-down.md', import.meta.url), 'utf8');
    const removed = [...text.matchAll(/\$log\.(azurerm_cosmosdb_\w+\.\w+)/g)].map(([, address]) => address);
    expect(removed.sort()).toEqual(
      guarded()
        .map(([address]) => address)
        .sort(),
    );
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
