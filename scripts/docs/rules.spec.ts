import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('every rule that a comment or a page names is on the page of the rules', () => {
  const explained = new Set([...textOf('docs/rules.md').matchAll(/^### (R\d+): /gm)].map(([, rule]) => rule));
  const files = globSync(
    ['{packages,examples}/*/src/**/*.ts', 'packages/*/README.md', 'examples/*/README.md', 'docs/*.md'],
    { cwd: root },
  );
  const named = files
    .filter((file) => path.basename(file) !== 'decision-table.md')
    .flatMap((file) => [...textOf(file).matchAll(/[(\s](R\d{1,2})(?=[):,;])/g)].map(([, rule]) => rule));
  expect(named.length).toBeGreaterThan(50);
  expect(new Set(named).difference(explained)).toEqual(new Set());
});
