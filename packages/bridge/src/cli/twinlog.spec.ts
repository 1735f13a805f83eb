import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packageFolder = new URL('../../', import.meta.url);

/** What the command comes to that npm links. @param unread what nobody reads of what it prints. */
async function linked(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  unread?: 'stdout' | 'stderr',
) {
  const { bin }: { readonly bin: { readonly twinlog: string } } = JSON.parse(
    readFileSync(new URL('package.json', packageFolder), 'utf8'),
  );
  // There before anything is built.
  expect(bin.twinlog).not.toContain('dist');
  const command = fileURLToPath(new URL(bin.twinlog, packageFolder));
  const child = spawn(process.execPath, [command, ...args], { env });
  const said: string[] = [];
  child.stderr.on('data', (text) => said.push(String(text)));
  if (unread) child[unread].destroy();
  const [code] = await once(child, 'close');
  return { code, err: said.join('') };
}

test('the command that npm links is there before anything is built, and ends as the command line does', async () => {
  expect(await linked(['status'], { TWINLOG_CELLS: 'nothing' })).toEqual({
    code: 2,
    err: 'TWINLOG_CELLS takes pairs such as aws-us-east-1=https://…, and not "nothing".\n',
  });
}, 60_000);

test.each([
  ['help', 'stdout', 0],
  ['status', 'stderr', 2],
] as const)(
  'a pipe that nobody reads to its end is no failure of its own: twinlog %s, %s',
  async (command, unread, code) => {
    expect(await linked([command], { TWINLOG_CELLS: 'nothing' }, unread)).toEqual({ code, err: '' });
  },
  60_000,
);
