#!/usr/bin/env node
// Outside of dist, so that npm links it in a clone as well, where nothing is built yet: there it runs from the sources.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/cli.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  const source = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const argv = ['--conditions=twinlog-source', source, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, argv, { stdio: 'inherit' }).status ?? 1;
}
