import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt from 'markdown-it';
import { root } from '../packages/published.mjs';

/** The order in which a reader meets the pages. What is in docs/ and named nowhere here comes under "More". */
const sections = [
  ['Twinlog', ['README.md', 'docs/start.md']],
  [
    'Guides',
    [
      'docs/dynamodb.md',
      'docs/cosmos.md',
      'docs/two-cells.md',
      'docs/policy.md',
      'docs/aggregate.md',
      'docs/store.md',
      'docs/evolve.md',
      'docs/operate.md',
    ],
  ],
  [
    'Understand',
    [
      'docs/how-it-works.md',
      'docs/rules.md',
      'docs/promises.md',
      'docs/decision-table.md',
      'docs/simulation.md',
      'docs/comparison.md',
      'docs/errors.md',
      'docs/facts.md',
      'docs/dependencies.md',
    ],
  ],
  [
    'Packages',
    [
      'packages/core/README.md',
      'packages/store-dynamodb/README.md',
      'packages/store-cosmos/README.md',
      'packages/bridge/README.md',
      'packages/adapters/README.md',
      'docs/http-api.md',
      'docs/problems.md',
    ],
  ],
  ['Examples', ['examples/local/README.md', 'examples/infra/README.md']],
  [
    'Project',
    [
      'ARCHITECTURE.md',
      'docs/decisions/README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'CHANGELOG.md',
      'bench/README.md',
    ],
  ],
];

/** Pages that have their place in another page's text, not in the navigation. */
const unlisted = /^docs\/decisions\/\d/;

/** GitHub's anchor for a heading, so that a link holds there and on the site. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

const markdown = new MarkdownIt({ html: true });

/** Every page: where it stands, its title, text, headings and links, each with its line. */
export function readPage(file) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const tokens = markdown.parse(text, {});
  const headings = [];
  const links = [];
  const fences = [];
  const taken = new Map();
  tokens.forEach((token, index) => {
    const line = (token.map?.[0] ?? 0) + 1;
    if (token.type === 'heading_open') {
      const words = tokens[index + 1].children
        .filter(({ type }) => type === 'text' || type === 'code_inline')
        .map(({ content }) => content)
        .join('');
      const anchor = anchorOf(words);
      const before = taken.get(anchor) ?? 0;
      taken.set(anchor, before + 1);
      headings.push({
        level: Number(token.tag[1]),
        words,
        anchor: before ? `${anchor}-${before}` : anchor,
        line,
      });
    }
    if (token.type === 'fence') fences.push({ language: token.info.trim(), code: token.content, line });
    for (const child of token.children ?? []) {
      const target = child.type === 'link_open' ? child.attrGet('href') : child.attrGet?.('src');
      if (target) links.push({ target, line });
    }
  });
  const title = headings.find(({ level }) => level === 1)?.words ?? file;
  return { file, title, text, headings, links, fences };
}

/** The pages of the site in reading order, by section; `reference` are pages that were generated beforehand. */
export function sitePages() {
  const listed = new Set(sections.flatMap(([, files]) => files));
  const found = globSync('docs/**/*.md', { cwd: root }).map((file) => file.replaceAll(path.sep, '/'));
  const rest = found.filter((file) => !listed.has(file)).sort();
  const more = rest.filter((file) => !unlisted.test(file));
  const all = [...sections, ['More', more]].map(([title, files]) => ({
    title,
    pages: files.filter((file) => existsSync(path.join(root, file))).map(readPage),
  }));
  const hidden = rest.filter((file) => unlisted.test(file)).map(readPage);
  return { sections: all.filter(({ pages }) => pages.length > 0), hidden };
}

/** Where a link of a page leads: to the outside, to a page or another file of the repository, and to which anchor. */
export function resolveLink(file, target) {
  if (/^[a-z]+:/.test(target)) return { kind: 'outside' };
  const [place, anchor] = target.split('#');
  const file_ = place === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), place));
  const full = path.join(root, file_);
  if (!existsSync(full)) return { kind: 'missing', file: file_ };
  const isFolder = statSync(full).isDirectory();
  return { kind: isFolder ? 'folder' : 'file', file: file_.replace(/\/$/, ''), anchor };
}
