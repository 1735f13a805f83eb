import { beforeAll, describe, expect, test } from 'vitest';
import { lines, moduleNamed, readConfiguration, resource } from './configuration.fixture.ts';
import { blocks } from './hcl.ts';

beforeAll(readConfiguration);

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
    // The name of a right is no key; who plans has two such, for keys that open nothing.
    const isRight = /^\s*"Microsoft\.[A-Za-z./]+\/action",$/;
    const found = lines().filter(
      ({ line }) => !isRight.test(line) && forbidden.test(line.replace(/#.*$/, '')),
    );
    expect(found.map(({ where, line }) => `${where} ${line.trim()}`)).toEqual([]);
  });

  test("of an Azure cell in AWS are none: its role is trusted, and what it may do is its user's to say", () => {
    const { resources } = moduleNamed('federation/aws');
    const policies = [...resources].filter(([address]) => /^aws_iam_(role_)?policy/.test(address));
    expect(resources.has('aws_iam_role.azure_cell')).toBe(true);
    expect(policies.map(([address, { role }]) => `${address} ${String(role).slice(2, -1)}`)).toEqual([
      'aws_iam_role_policy.apply aws_iam_role.github["apply"].id',
      'aws_iam_role_policy.plan aws_iam_role.github["plan"].id',
      'aws_iam_role_policy_attachment.plan aws_iam_role.github["plan"].name',
    ]);
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

  test("to a storage account's data are needed by nobody who applies: the provider does not ask for it", () => {
    const azure = moduleNamed('root').providers.find(({ provider }) => provider === 'azurerm');
    const [storage] = blocks(blocks(azure, 'features')[0], 'storage');
    expect([azure?.storage_use_azuread, storage]).toEqual([true, { data_plane_available: false }]);
  });
});
