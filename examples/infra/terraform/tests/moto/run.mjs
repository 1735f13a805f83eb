// Really applies the AWS half, against moto: apply, plan again with no changes, destroy. `npm run infra:moto`. Skipped,
// with a message, where terraform, the aws provider or moto_server is missing.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, copied } from '../terraform.mjs';
import { mendMoto } from './mend.mjs';

const missing = ['terraform', 'moto_server'].filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
);
if (missing.length > 0) {
  console.log(`infra: there is no ${missing.join(' and no ')} on this machine; nothing was applied.`);
  process.exit(0);
}

const here = join(copied(), 'tests/moto');
const work = mkdtempSync(join(tmpdir(), 'twinlog-moto-'));
const build = fileURLToPath(new URL('../../../src/deployment/build-functions.ts', import.meta.url));
const built = spawnSync(process.execPath, ['--conditions=twinlog-source', build, work], { stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = probe.address();
    probe.close(() => resolve(free));
  });
});
// Its own output tells nothing but requests.
const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
  stdio: 'ignore',
  // The plan role attaches one of AWS's own policies.
  env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
});
process.on('exit', () => {
  moto.kill();
  rmSync(work, { recursive: true, force: true });
});
const deadline = Date.now() + 60_000;
for (;;) {
  const up = await fetch(`http://127.0.0.1:${port}/moto-api/`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (up) break;
  if (moto.exitCode !== null || Date.now() > deadline) {
    console.error('infra: moto_server did not start.');
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}

const mended = await mendMoto(port);
const environment = {
  ...process.env,
  AWS_ENDPOINT_URL: `http://127.0.0.1:${mended.port}`,
  AWS_ACCESS_KEY_ID: 'moto',
  AWS_SECRET_ACCESS_KEY: 'moto',
  TF_DATA_DIR: join(work, 'data'),
  TF_VAR_package: join(work, 'aws.zip'),
};
/** Runs terraform, and answers moto's clients meanwhile: so never synchronously. */
const terraform = (parts, ...variables) => {
  const state = parts[0] === 'init' ? [] : ['-lock=false', `-state=${join(work, 'terraform.tfstate')}`];
  const started = Date.now();
  return new Promise((resolve) => {
    execFile(
      command,
      [`-chdir=${here}`, ...parts, ...state, '-no-color', '-input=false', ...variables],
      { env: environment, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        console.log(`infra: terraform ${parts[0]}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
        resolve({ status: error ? error.code : 0, stdout, stderr });
      },
    );
  });
};
const fail = (what, { stdout, stderr }) => {
  console.error(`${stdout}${stderr}`);
  console.error(`infra: ${what}`);
  process.exit(1);
};
const last = ({ stdout }, start) => stdout.split('\n').findLast((line) => line.startsWith(start)) ?? '';

const init = await terraform(['init']);
if (init.status === 77) {
  console.log('infra: the aws provider cannot be had on this machine; nothing was applied.');
  process.exit(0);
}
if (init.status !== 0) fail('init failed.', init);

const applied = await terraform(['apply', '-auto-approve']);
if (applied.status !== 0) fail('it could not be applied.', applied);
console.log(`infra: ${last(applied, 'Apply complete!')}`);

const again = await terraform(['plan', '-detailed-exitcode']);
if (again.status !== 0) fail('planned again, there were changes.', again);
console.log('infra: planned again: no changes');

// Tearing down is two steps, as the runbook says: the protection first.
const unprotected = await terraform(['apply', '-auto-approve'], '-var=deletion_protection=false');
if (unprotected.status !== 0) fail('the protection could not be taken away.', unprotected);
const destroyed = await terraform(['destroy', '-auto-approve'], '-var=deletion_protection=false');
if (destroyed.status !== 0) fail('it could not be destroyed.', destroyed);
console.log(`infra: ${last(destroyed, 'Destroy complete!')}`);
mended.stop();
process.exit(0);
