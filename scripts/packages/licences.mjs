import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './published.mjs';

const document = path.join(root, 'docs/dependencies.md');
const block = /(<!-- licences: [^\n]*-->\n)[\s\S]*?(<!-- \/licences -->)/;

/** The table of all that the packages bring: who brings what, and its licence. */
function tableOf(trees) {
  const rows = new Map();
  for (const [name, tree] of trees) {
    for (const { name: dependency, version, licence } of tree) {
      if (dependency.startsWith('@twinlog/')) continue;
      const key = `\`${dependency}\` ${version} | ${licence}`;
      rows.set(key, [...(rows.get(key) ?? []), name.replace('@twinlog/', '')]);
    }
  }
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => `| ${key} | ${of.join(', ')} |`);
  return ['| package | licence | comes with |', '| --- | --- | --- |', ...lines, ''].join('\n');
}

/**
 * Holds docs/dependencies.md to what is installed: its table of licences, and a reason for every direct dependency.
 * @param write writes the table instead of finding fault with it.
 * @returns what is wrong, for people.
 */
export async function documentProblems(trees, direct, write) {
  const text = await readFile(document, 'utf8');
  const due = text.replace(block, (_, start, end) => `${start}\n${tableOf(trees)}\n${end}`);
  if (write) await writeFile(document, due);
  const unexplained = direct.filter((name) => !text.includes(`| \`${name}\` |`));
  return [
    ...(write || due === text
      ? []
      : ['docs/dependencies.md lists other licences than are installed: npm run packages -- --write']),
    ...unexplained.map((name) => `docs/dependencies.md does not say why ${name} and not another`),
  ];
}
