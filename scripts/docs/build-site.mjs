// Builds the site from the Markdown of the repository: `npm run docs`. It lands in dist/site and needs no server.
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readManifest, root } from '../packages/published.mjs';
import { readPage, sitePages } from './pages.mjs';
import { generateReference } from './reference.mjs';
import { createRenderer } from './render.mjs';
import { searchIndexOf } from './search-index.mjs';
import { pageHtml } from './template.mjs';

const out = path.join(root, 'dist/site');
const urlOf = (file) => file.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html');

rmSync(out, { recursive: true, force: true });
mkdirSync(path.join(out, 'assets'), { recursive: true });

process.stderr.write('docs: reading the reference from the docstrings\n');
const { sections, hidden } = sitePages();
const reference = (await generateReference()).map(readPage);
sections.push({ title: 'Reference', pages: reference });
const pages = [...sections.flatMap((section) => section.pages), ...hidden];

const { repository } = await readManifest(root);
const source = repository.url.replace(/^git\+|\.git$/g, '');
const render = await createRenderer({ pages: new Set(pages.map(({ file }) => file)), urlOf, source });
for (const [index, page] of pages.entries()) {
  const url = urlOf(page.file);
  const file = path.join(out, url);
  mkdirSync(path.dirname(file), { recursive: true });
  const [before, after] = hidden.includes(page) ? [] : [pages[index - 1], pages[index + 1]];
  writeFileSync(
    file,
    pageHtml({
      page,
      html: render(page),
      sections,
      urlOf,
      toRoot: path.posix.relative(path.posix.dirname(url), '') || '.',
      before,
      after: after && !hidden.includes(after) ? after : undefined,
      source: page.file.startsWith('dist/') ? undefined : `${source}/blob/main/${page.file}`,
    }),
  );
}

const assets = path.join(import.meta.dirname, 'assets');
cpSync(assets, path.join(out, 'assets'), { recursive: true });
// Pictures, where the pages expect them.
copyFileSync(path.join(root, 'docs/console.png'), path.join(out, 'docs/console.png'));
copyFileSync(
  path.join(root, 'node_modules/minisearch/dist/umd/index.js'),
  path.join(out, 'assets/minisearch.js'),
);
writeFileSync(path.join(out, 'assets/search-index.js'), searchIndexOf(pages, urlOf));
if (!existsSync(path.join(out, 'index.html'))) throw new Error('The site has no index.html.');
console.log(
  `docs: ${pages.length} pages in ${path.relative(root, out)}; open ${path.join(out, 'index.html')}`,
);
