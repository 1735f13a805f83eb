import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { moduleNamed, readConfiguration, resource, root } from './configuration.fixture.ts';
import { blocks, isBody } from './hcl.ts';

const script = `${root}/modules/azure-cell/package/deploy.sh`;
const id = '/subscriptions/the-subscription/resourceGroups/the-group/providers/Microsoft.Web/sites/the-app';
const of =
  '--subscription the-subscription --resource-group the-group --name the-app --only-show-errors --output none';
const mended = `az functionapp config appsettings delete ${of} --setting-names AzureWebJobsStorage`;
const started = `az functionapp start ${of}`;
const sent = `az functionapp deployment source config-zip ${of} --src dist/azure.zip`;

const folder = mkdtempSync(join(tmpdir(), 'twinlog-deploy-'));
const log = join(folder, 'log');
afterAll(() => rmSync(folder, { recursive: true }));

/** A command that notes how it was called, and then does what is told. */
function command(name: string, then: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\necho "${name} $*" >> '${log}'\n${then}\n`);
  chmodSync(join(folder, name), 0o755);
}

function deploy(variables: Readonly<Record<string, string>> = {}) {
  const { status, stderr } = spawnSync('/bin/bash', [script], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      FUNCTION_APP_ID: id,
      PACKAGE: 'dist/azure.zip',
      ...variables,
    },
  });
  return { status, stderr, called: readFileSync(log, 'utf8').split('\n').slice(0, -1) };
}

describe('the package of a function app', () => {
  beforeAll(readConfiguration);
  beforeEach(() => {
    writeFileSync(log, '');
    command('az', '');
  });

  test('is sent as the cell is applied, by the script', () => {
    expect(moduleNamed('azure-cell').modules.get('package')).toMatchObject({
      source: './package',
      function_app_id: '${azurerm_function_app_flex_consumption.cell.id}',
      package: '${var.package}',
      configuration: expect.stringContaining('azurerm_function_app_flex_consumption.cell.app_settings'),
    });
    const { provisioner } = resource('azure-cell/package', 'terraform_data.package');
    expect(blocks(isBody(provisioner) ? provisioner : {}, 'local-exec')).toEqual([
      {
        interpreter: ['bash'],
        command: '${path.module}/deploy.sh',
        environment: { FUNCTION_APP_ID: '${var.function_app_id}', PACKAGE: '${var.package}' },
      },
    ]);
  });

  test('goes to the app of that id, once, after the setting that its host would fail on is gone and the app runs', () => {
    expect(deploy()).toEqual({ status: 0, stderr: '', called: [mended, started, sent] });
  });

  test('goes as the job itself in GitHub Actions, by its own token and with a login that nobody else has', () => {
    command('az', `echo "in $AZURE_CONFIG_DIR" >> '${log}'`);
    command('curl', `echo '{"count":1,"value":"the.job.s"}'`);
    const { status, called } = deploy({
      ARM_USE_OIDC: 'true',
      ARM_CLIENT_ID: 'the-client',
      ARM_TENANT_ID: 'the-tenant',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/?api-version=2',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'a-token',
    });
    expect(status).toBe(0);
    const [asked, login, own, ...rest] = called;
    expect(asked).toBe(
      'curl --fail --silent --show-error --header Authorization: bearer a-token https://token.example/?api-version=2&audience=api://AzureADTokenExchange',
    );
    expect(login).toBe(
      'az login --service-principal --username the-client --tenant the-tenant --federated-token the.job.s --output none',
    );
    expect(own).toMatch(/^in \/.+/);
    expect(rest).toEqual([mended, own, started, own, sent, own]);
  });

  test('that is not taken is an error that says what to do', () => {
    command('az', 'echo "ERROR: 403" >&2; exit 1');
    const { status, stderr } = deploy({ DEPLOY_SECONDS: '0' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'ERROR: 403\ndist/azure.zip was not deployed to the-app: see above, mend it, and apply again.\n',
    );
  });

  test.each([
    [
      { PATH: '/nowhere' },
      'The Azure CLI sends the package to the function app: install it, and az login.\n',
    ],
    [{ FUNCTION_APP_ID: 'the-app' }, '"the-app" is no id of a function app.\n'],
  ])('is not sent at all with %j', (variables, stderr) => {
    expect(deploy(variables)).toEqual({ status: 1, stderr, called: [] });
  });
});
