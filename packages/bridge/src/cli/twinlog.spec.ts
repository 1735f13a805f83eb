import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packageFolder = new URL('../../', import.meta.url);

test('the command that npm links is there before anything is built, and ends as the command line does', async () => {
  const { bin }: { readonly bin: { readonly twinlog: string } } = JSON.parse(
    readFileSync(new URL('package.json', packageFolder), 'utf8'),
  );
  expect(bin.twinlog).not.toContain('dist');
  const command = fileURLToPath(new URL(bin.twinlog, packageFolder));
  const child = spawn(process.execPath, [command, 'status'], { env: { TWINLOG_CELLS: 'nothing' } });
  const said: string[] = [];
  child.stderr.on('data', (text) => said.push(String(text)));
  expect((await once(child, 'close'))[0]).toBe(2);
  expect(said.join('')).toBe(
    'TWINLOG_CELLS takes pairs such as aws-us-east-1=https://…, and not "nothing".\n',
  );
}, 60_000);
