// Checks the Terraform configuration with terraform itself: formatted, valid, and its tests. `npm run infra:terraform`.
// Nothing is asked of any cloud. Where there is no terraform, or no way to its providers, it says so and goes on: the
// static policy in `npm test` needs neither.
import './require-node.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const configuration = 'examples/infra/terraform';
const offline = '../shared/tools/terraform-offline/run';
const strict = process.argv.includes('--strict');

const skip = (why) => {
  console.log(`infra: ${why} What terraform would have checked was not checked.`);
  process.exit(strict ? 1 : 0);
};
if (spawnSync('terraform', ['version'], { stdio: 'ignore' }).error) {
  skip('there is no terraform on this machine.');
}
/** How terraform is called: by itself, by a wrapper that knows where providers are, or as TWINLOG_TERRAFORM says. */
const command =
  process.env.TWINLOG_TERRAFORM ??
  (existsSync(new URL(`../${offline}`, import.meta.url)) ? offline : 'terraform');

const terraform = (...parts) =>
  spawnSync(command, [`-chdir=${configuration}`, ...parts], { cwd: root, encoding: 'utf8' });
const told = (run) => process.stderr.write(`${run.stdout}${run.stderr}`);

const init = terraform('init', '-backend=false', '-input=false', '-no-color');
if (init.status !== 0) {
  const unreachable = init.status === 77 || /Failed to (query available|install) provider/.test(init.stderr);
  if (unreachable) skip('the providers cannot be had on this machine.');
  told(init);
  process.exit(1);
}
const format = spawnSync('terraform', ['fmt', '-check', '-recursive', '-diff', configuration], {
  cwd: root,
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
console.log('infra: formatted and valid; testing');
const filters = process.argv.slice(2).filter((argument) => argument.startsWith('-filter='));
const test = spawnSync(command, [`-chdir=${configuration}`, 'test', '-no-color', ...filters], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(test.status ?? 1);
