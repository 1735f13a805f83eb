// Runs root tasks through turbo: `node scripts/tasks.mjs build unit`.
import './require-node.mjs';
import { spawnSync } from 'node:child_process';

const run = spawnSync('turbo', ['run', ...process.argv.slice(2), '--output-logs=new-only'], {
  stdio: 'inherit',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' },
  shell: process.platform === 'win32',
});
process.exit(run.status ?? 1);
