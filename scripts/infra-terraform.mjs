// Checks the Terraform configuration with terraform itself: formatted, valid, and its tests; and that what the stores'
// commands print is formatted and valid. `npm run infra:terraform`.
// Nothing is asked of any cloud. Where there is no terraform, or no way to its providers, it says so and goes on: the
// static policy in `npm test` needs neither.
import './require-node.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  command,
  configuration,
  copied,
  initialise,
  isThere,
} from '../examples/infra/terraform/tests/terraform.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const strict = process.argv.includes('--strict');

const skip = (why) => {
  console.log(`infra: ${why} What terraform would have checked was not checked.`);
  process.exit(strict ? 1 : 0);
};
if (!isThere) skip('there is no terraform on this machine.');

const terraformIn = (folder, ...parts) =>
  spawnSync(command, [`-chdir=${folder}`, ...parts], { cwd: root, encoding: 'utf8' });
const copy = copied();
const terraform = (...parts) => terraformIn(copy, ...parts);
const told = (run) => process.stderr.write(`${run.stdout}${run.stderr}`);

const init = initialise(copy);
if (init.status !== 0) {
  if (init.isOutOfReach) skip('the providers cannot be had on this machine.');
  told(init);
  process.exit(1);
}
const format = spawnSync('terraform', ['fmt', '-check', '-recursive', '-diff', configuration], {
  encoding: 'utf8',
});
if (format.status !== 0) {
  told(format);
  console.error('infra: run `terraform fmt -recursive examples/infra/terraform`.');
  process.exit(1);
}
// The tests' own modules are checked by running them: validated alone, one of two providers has nowhere to come from.
const valid = terraform('validate', '-no-tests', '-no-color');
if (valid.status !== 0) {
  told(valid);
  process.exit(1);
}

/** What the commands of the stores print, as the configuration of somebody who has nothing else. */
const printed = [
  { from: 'packages/store-dynamodb', names: ['events'], provider: 'aws' },
  { from: 'packages/store-cosmos', names: ['cell', 'twinlog', 'events'], provider: 'azurerm' },
];
for (const { from, names, provider } of printed) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlog-printed-'));
  const cli = [`--conditions=twinlog-source`, `${from}/src/cli.ts`, 'terraform', ...names];
  const { stdout } = spawnSync(process.execPath, cli, { cwd: root, encoding: 'utf8' });
  const required = `required_providers {\n    ${provider} = { source = "hashicorp/${provider}" }\n  }`;
  writeFileSync(join(folder, 'printed.tf'), stdout);
  writeFileSync(join(folder, 'versions.tf'), `terraform {\n  ${required}\n}\n`);
  const runs = [
    initialise(folder),
    terraformIn(folder, 'fmt', '-check', '-diff'),
    terraformIn(folder, 'validate', '-no-color'),
  ];
  const failed = runs.find(({ status }) => status !== 0);
  rmSync(folder, { recursive: true });
  if (stdout !== '' && failed === undefined) continue;
  if (failed) told(failed);
  console.error(`infra: what ${from} prints for Terraform is not formatted or not valid.`);
  process.exit(1);
}
console.log('infra: formatted and valid, what the stores print too; testing');
const filters = process.argv.slice(2).filter((argument) => argument.startsWith('-filter='));
const test = spawnSync(command, [`-chdir=${copy}`, 'test', '-no-color', ...filters], { stdio: 'inherit' });
process.exit(test.status ?? 1);
