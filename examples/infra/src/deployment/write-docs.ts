/** `npm run infra:docs`: writes what is generated of the documentation: the modules' tables, capacity and cost. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readModule } from './hcl.ts';
import { between, documented, withTables } from './module-docs.ts';
import { capacityReport, costReport } from './report.ts';

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

for (const { readme, parts } of documented) {
  const path = here(`terraform/${readme}`);
  let text = await readFile(path, 'utf8');
  for (const [mark, folder] of parts) {
    text = withTables(text, mark, await readModule(here(`terraform/${folder}`)));
  }
  await writeFile(path, text);
}
const pair = { awsCells: 1, azureCells: 1 };
const tables = {
  'docs/capacity.md': [1_000, 10_000, 100_000]
    .map((requests) => capacityReport({ ...pair, requests }))
    .join('\n\n'),
  'docs/cost.md': costReport([0, 100].map((requestsPerSecond) => ({ ...pair, requestsPerSecond }))),
};
for (const [page, table] of Object.entries(tables)) {
  const text = await readFile(here(page), 'utf8');
  await writeFile(here(page), between(text, 'generated', table));
}
