// Holds the pages to what they speak of: `npm run pages`. Every block of code is taken from a file, every link leads
// somewhere, every command is one. With `-- --write` the blocks are written anew from their files.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../packages/published.mjs';
import { readPage, resolveLink, sitePages } from './pages.mjs';
import { snippetProblems, withSnippets } from './snippets.mjs';

function linkProblems(page, anchors) {
  return page.links.flatMap(({ target, line }) => {
    const link = resolveLink(page.file, target);
    if (link.kind === 'missing') return [`${page.file}:${line} leads to ${link.file}, which is not there`];
    if (link.kind !== 'file' || !link.anchor || !link.file.endsWith('.md')) return [];
    const known = anchors.get(link.file) ?? new Set(readPage(link.file).headings.map(({ anchor }) => anchor));
    return known.has(link.anchor)
      ? []
      : [`${page.file}:${line} leads to #${link.anchor}, no heading of ${link.file}`];
  });
}

const { sections, hidden } = sitePages();
const pages = [...sections.flatMap((section) => section.pages), ...hidden];
if (process.argv.includes('--write')) {
  for (const { file, text } of pages) {
    const due = withSnippets(text);
    if (due !== text) writeFileSync(path.join(root, file), due);
  }
}
const read = pages.map(({ file }) => readPage(file));
const anchors = new Map(
  read.map(({ file, headings }) => [file, new Set(headings.map(({ anchor }) => anchor))]),
);
const problems = read.flatMap((page) => [...linkProblems(page, anchors), ...snippetProblems(page)]);
for (const problem of problems) console.error(`✗ ${problem}`);
const blocks = read.flatMap(({ text }) => text.match(/^<!-- from /gm) ?? []).length;
const links = read.flatMap((page) => page.links).length;
console.log(
  `pages: ${read.length}, with ${links} links and ${blocks} blocks of code from files; ${problems.length} problems`,
);
process.exitCode = problems.length > 0 || links === 0 ? 1 : 0;
