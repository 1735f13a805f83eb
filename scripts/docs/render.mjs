import path from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import MarkdownIt from 'markdown-it';
import { createHighlighter } from 'shiki';
import { resolveLink } from './pages.mjs';

const languages = ['ts', 'js', 'json', 'sh', 'hcl', 'yaml', 'http', 'text'];

/** A picture takes the colours of the page around it, light or dark. */
const colours = {
  bg: 'var(--page)',
  fg: 'var(--ink)',
  accent: 'var(--accent)',
  line: 'var(--faint)',
  muted: 'var(--ink)',
  transparent: true,
  font: 'system-ui',
};

/** No web font is fetched for a picture: the page's own are there. */
const withoutFonts = (svg) => svg.replaceAll(/@import url\([^)]*\);?/g, '');

/**
 * A function from a page to its HTML. Links to other pages lead to them; links to other files of the repository lead
 * to where its source is published.
 */
export async function createRenderer({ pages, urlOf, source }) {
  const highlighter = await createHighlighter({ langs: languages, themes: ['github-light', 'github-dark'] });
  const highlight = (code, language) =>
    highlighter.codeToHtml(code, {
      lang: languages.includes(language) ? language : 'text',
      themes: { light: 'github-light', dark: 'github-dark' },
      defaultColor: 'light-dark()',
      transformers: [{ pre: (node) => void delete node.properties.style }],
    });
  const markdown = new MarkdownIt({ html: true });

  markdown.renderer.rules.fence = (tokens, index) => {
    const { info, content } = tokens[index];
    const language = info.trim();
    if (language === 'mermaid')
      return `<figure>${withoutFonts(renderMermaidSVG(content, colours))}</figure>\n`;
    return `<div class="code">${highlight(content.trimEnd(), language)}</div>\n`;
  };
  markdown.renderer.rules.table_open = () => '<div class="table"><table>\n';
  markdown.renderer.rules.table_close = () => '</table></div>\n';

  function hrefOf(file, target) {
    const link = resolveLink(file, target);
    if (link.kind === 'outside' || link.kind === 'missing') return target;
    const anchor = link.anchor ? `#${link.anchor}` : '';
    const page = link.kind === 'folder' ? `${link.file}/README.md` : link.file;
    if (!pages.has(page))
      return `${source}/${link.kind === 'folder' ? 'tree' : 'blob'}/main/${link.file}${anchor}`;
    return (
      (path.posix.relative(path.posix.dirname(urlOf(file)), urlOf(page)) ||
        path.posix.basename(urlOf(page))) + anchor
    );
  }

  return ({ file, text, headings }) => {
    const tokens = markdown.parse(text, {});
    let heading = 0;
    for (const token of tokens) {
      if (token.type === 'heading_open') token.attrSet('id', headings[heading++]?.anchor ?? '');
      for (const child of token.children ?? []) {
        if (child.type === 'link_open') child.attrSet('href', hrefOf(file, child.attrGet('href') ?? ''));
      }
    }
    return markdown.renderer.render(tokens, markdown.options, {});
  };
}
