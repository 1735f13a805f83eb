import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { moduleNamed, moduleNames, readConfiguration, root } from './configuration.fixture.ts';
import { blocks, isBody } from './hcl.ts';
import { documented, withTables } from './module-docs.ts';

beforeAll(readConfiguration);

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

describe('every module', () => {
  test.each(['root', ...moduleNames])(
    '%s types and describes its variables, describes its outputs',
    (name) => {
      const { variables, outputs } = moduleNamed(name);
      for (const [variable, { type, description }] of variables) {
        expect.soft(type, `${variable} has a type`).toBeDefined();
        expect.soft(String(description ?? ''), `${variable} is described`).toMatch(/\S.*\.$/is);
      }
      for (const [output, { description }] of outputs) {
        expect.soft(String(description ?? ''), `${output} is described`).toMatch(/\S.*\.$/is);
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
    const called = ['root', ...moduleNames].flatMap((caller) =>
      [...moduleNamed(caller).modules.values()].map(({ source: path }) =>
        join(caller === 'root' ? '.' : `modules/${caller}`, String(path)).replace('modules/', ''),
      ),
    );
    expect([...new Set(called)].sort()).toEqual([...moduleNames].sort());
  });
});

describe('every variable of the configuration', () => {
  /** What has no wrong value: either way of a switch is one that somebody may mean. */
  const switches = ['deletion_protection'];

  test('is checked before anything is planned', () => {
    const unchecked = [...moduleNamed('root').variables].flatMap(([name, body]) =>
      blocks(body, 'validation').length === 0 ? [name] : [],
    );
    expect(unchecked).toEqual(switches);
  });

  test('is refused with a sentence that names it and says what to do', () => {
    for (const [name, body] of moduleNamed('root').variables) {
      for (const { error_message: sentence } of blocks(body, 'validation')) {
        expect.soft(String(sentence), name).toContain(name);
        expect.soft(String(sentence), name).toMatch(/\b(set|add|give|leave|run|needs)\b.*\.$/is);
      }
    }
  });
});

describe('the runbooks', () => {
  const folder = fileURLToPath(new URL('../../docs/runbooks', import.meta.url));
  const pages = readdirSync(folder).map((name) => ({
    name,
    text: readFileSync(`${folder}/${name}`, 'utf8'),
  }));

  test('name resources that the configuration has', () => {
    const addresses = pages.flatMap(({ name, text }) =>
      [...text.matchAll(/\bmodule\.(\w+)(?:\[[^\]]*\])?\.(\w+\.\w+)/g)].map(
        ([, module = '', address = '']) => ({
          name,
          module,
          address,
        }),
      ),
    );
    expect(addresses.length).toBeGreaterThan(2);
    for (const { name, module, address } of addresses) {
      const path = String(moduleNamed('root').modules.get(module)?.source ?? '').replace('./modules/', '');
      expect.soft([...moduleNamed(path).resources.keys()], `${name}: module.${module}`).toContain(address);
    }
  });

  test('use commands that npx twinlog has, and scripts that are there', () => {
    const usage = readFileSync(
      new URL('../../../../packages/bridge/src/cli/run.ts', import.meta.url),
      'utf8',
    );
    for (const { name, text } of pages) {
      for (const [, command] of text.matchAll(/npx twinlog ([\w-]+)/g))
        expect.soft(usage, `${name}: ${command}`).toContain(`twinlog ${command}`);
      for (const [, script] of text.matchAll(/`(bootstrap\/[\w-]+\.sh)/g))
        expect.soft(existsSync(`${root}/${script}`), `${name}: ${script}`).toBe(true);
    }
  });
});
