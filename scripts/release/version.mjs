// Makes a version of the pending changesets: `npm run version`. All packages take the same version; what the changesets
// say becomes a section of CHANGELOG.md.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readManifest, root } from '../packages/published.mjs';

const folder = path.join(root, '.changeset');
const files = (await readdir(folder)).filter((name) => name.endsWith('.md'));
if (files.length === 0) throw new Error('No changeset is pending. Write one with: npx changeset');

/** What a changeset says below its front matter. */
async function summaryOf(file) {
  const [, summary = ''] = (await readFile(path.join(folder, file), 'utf8')).split(/^---\n[\s\S]*?^---\n/m);
  return `- ${summary.trim().replaceAll(/\n(?=.)/g, '\n  ')}`;
}
const summaries = await Promise.all(files.sort().map(summaryOf));

const inRoot = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' };
execFileSync('changeset', ['version'], inRoot);
execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], inRoot);

const { version } = await readManifest(path.join(root, 'packages/core'));
const changelog = path.join(root, 'CHANGELOG.md');
const marker = '<!-- releases -->\n';
const [before, after] = (await readFile(changelog, 'utf8')).split(marker);
if (after === undefined) throw new Error(`CHANGELOG.md has lost its line ${marker.trim()}`);
await writeFile(changelog, `${before}${marker}\n## ${version}\n\n${summaries.join('\n')}\n${after}`);
console.log(`${version}: ${summaries.length} changes written to CHANGELOG.md`);
