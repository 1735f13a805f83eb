import { glob, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { problems } from './problem.ts';

const page = await readFile(new URL('../../../docs/problems.md', import.meta.url), 'utf8');

test('docs/problems.md lists every code with its status, title, cause and remedy, and no other', () => {
  const listed = [...page.matchAll(/^## (\w+)\n\n\*\*(\d+) (.+?)\.\*\* \S.+\n\n\*What to do:\* \S.+$/gm)];
  const fromPage = listed.map(([, code, status, title]) => [code, { status: Number(status), title }]);
  expect(fromPage).toEqual([...problems]);
  expect([...page.matchAll(/^## /gm)]).toHaveLength(problems.size);
});

test('every rule of core that a client can meet is on the page too', async () => {
  const root = new URL('../../core/src/', import.meta.url);
  const codes = new Set<string>();
  for await (const file of glob('**/*.ts', { cwd: root })) {
    if (/\.(spec|fixture|example)\.ts$/.test(file) || file.startsWith('testing/')) continue;
    const source = await readFile(new URL(file, root), 'utf8');
    for (const [, code] of source.matchAll(/refuse\(\s*'(\w+)'/g)) codes.add(code ?? '');
    for (const [, code] of source.matchAll(/code: '(\w+)'/g)) if (code !== 'custom') codes.add(code ?? '');
  }
  expect(codes.size).toBeGreaterThan(10);
  const ofConflicts = [...page.matchAll(/^\| `(\w+)` \| \S.+ \| \S.+ \|$/gm)].map(([, code]) => code);
  expect([...codes].filter((code) => !problems.has(code)).sort()).toEqual(ofConflicts.sort());
});

test('the codes that only the client gives are on the page, and no other', async () => {
  const codes = new Set<string>();
  for (const file of ['error.ts', 'send.ts']) {
    const source = await readFile(new URL(`client/${file}`, import.meta.url), 'utf8');
    for (const [, code] of source.matchAll(/new ClientError\(\s*'(\w+)'/g)) codes.add(code ?? '');
  }
  const listed = [...page.matchAll(/^### (\w+)\n\n\*\*.+\.\*\* \S.+\n\n\*What to do:\* \S.+$/gm)];
  expect(listed.map(([, code]) => code)).toEqual([...codes].sort());
});
