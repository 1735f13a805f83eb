import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../packages/published.mjs';

/** `<!-- from path/to/file.ts#region -->` over a block of code: where its text is taken from. */
const block = /^(<!-- from (\S+?)(?:#(\S+))? -->\n)(```(\w+)\n)([\s\S]*?)(^```$)/gm;

/** A file's text, or the part between `#region name` and `#endregion`, without its indentation. */
function excerpt(file, region) {
  const text = readFileSync(path.join(root, file), 'utf8');
  if (region === undefined) return text.replace(/^.*#(end)?region.*\n/gm, '');
  const lines = text.split('\n');
  const start = lines.findIndex((line) => new RegExp(`#region ${region}$`).test(line.trim()));
  const length = lines.slice(start + 1).findIndex((line) => line.includes('#endregion'));
  if (start < 0 || length < 0) throw new Error(`${file} has no region ${region}.`);
  const inside = lines.slice(start + 1, start + 1 + length);
  const indent = Math.min(...inside.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return `${inside.map((line) => line.slice(indent)).join('\n')}\n`;
}

/** The page's text with every block as its source has it now. */
export function withSnippets(text) {
  return text.replace(block, (whole, comment, file, region, fence, _language, _code, end) =>
    existsSync(path.join(root, file)) ? `${comment}${fence}${excerpt(file, region)}${end}` : whole,
  );
}

const scripts = Object.keys(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts);

/** Languages whose blocks are programs or data: each has to come from a file. Commands and output are checked otherwise. */
const sourced = new Set(['ts', 'js', 'json', 'hcl', 'yaml']);

/** What is wrong with the page's code: no source, another text than its source, a command that is none. */
export function snippetProblems({ file, text, fences }) {
  const problems = [];
  const lines = text.split('\n');
  const due = withSnippets(text).split('\n');
  for (const { language, code, line } of fences) {
    const [, source] = /^<!-- from (\S+?)(?:#\S+)? -->$/.exec(lines[line - 2] ?? '') ?? [];
    if (sourced.has(language) && source === undefined)
      problems.push(
        `${file}:${line} is code that comes from no file: say which with <!-- from file#region -->`,
      );
    if (source !== undefined && !existsSync(path.join(root, source)))
      problems.push(`${file}:${line} comes from ${source}, which is not there`);
    if (language !== 'sh') continue;
    for (const [, script] of code.matchAll(/npm run (?:-s )?([\w:-]+)/g)) {
      if (!scripts.includes(script))
        problems.push(`${file}:${line} runs npm run ${script}, which is no script`);
    }
  }
  if (lines.join('\n') !== due.join('\n'))
    problems.push(`${file} has code that differs from its source: npm run pages -- --write`);
  return problems;
}
