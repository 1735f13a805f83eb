import path from 'node:path';

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** What a page is called in the navigation: the scope of our packages is understood. */
const nameOf = ({ title }) => title.replace('@twinlog/', '');

function navigation({ sections, page, href }) {
  return sections
    .map(({ title, pages }) => {
      const links = pages.map(
        (other) =>
          `<li><a href="${href(other)}"${other === page ? ' aria-current="page"' : ''}>${escaped(nameOf(other))}</a></li>`,
      );
      const open = title !== 'Reference' || pages.includes(page) ? ' open' : '';
      return `<details${open}><summary>${title}</summary><ul>${links.join('')}</ul></details>`;
    })
    .join('\n');
}

/** The sections of a page; of a page of the reference, its entries. */
function contents({ file, headings }) {
  const shown = file.startsWith('dist/reference/') ? 3 : 2;
  const items = headings.filter(({ level }) => level === shown);
  if (items.length < 2) return '';
  const links = items.map(({ words, anchor }) => `<li><a href="#${anchor}">${escaped(words)}</a></li>`);
  return `<nav class="contents" aria-label="On this page"><p>On this page</p><ul>${links.join('')}</ul></nav>`;
}

/** One whole page of the site. */
export function pageHtml({ page, html, sections, urlOf, toRoot, before, after, source }) {
  const href = (other) =>
    path.posix.relative(path.posix.dirname(urlOf(page.file)), urlOf(other.file)) ||
    path.posix.basename(urlOf(other.file));
  const title = page.file === 'README.md' ? 'Twinlog' : `${page.title} · Twinlog`;
  const step = (other, rel, label) =>
    other
      ? `<a rel="${rel}" href="${href(other)}"><small>${label}</small>${escaped(nameOf(other))}</a>`
      : '<span></span>';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${toRoot}/assets/site.css">
<link rel="icon" href="${toRoot}/assets/icon.svg">
<script defer src="${toRoot}/assets/site.js" data-root="${toRoot}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="name" href="${toRoot}/index.html"><img src="${toRoot}/assets/icon.svg" alt="" width="22" height="22">Twinlog</a>
<div class="search" role="search">
<input type="search" placeholder="Search  /" aria-label="Search the documentation" autocomplete="off">
<ol id="found" hidden></ol>
</div>
<button class="menu" aria-expanded="false" aria-controls="pages">Pages</button>
</header>
<div class="columns">
<nav id="pages" aria-label="Pages">
${navigation({ sections, page, href })}
</nav>
<main id="main">
<article>
${html}</article>
<footer>
<div class="steps">${step(before, 'prev', 'Before')}${step(after, 'next', 'Next')}</div>
${source ? `<p><a href="${source}">This page in the repository</a></p>` : '<p>Made from the docstrings.</p>'}
</footer>
</main>
${contents(page)}
</div>
</body>
</html>
`;
}
