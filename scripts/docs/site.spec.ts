import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../examples/local/src/browser.spec.fixture.ts';
import { readPage } from './pages.mjs';
import { createRenderer } from './render.mjs';
import { searchIndexOf } from './search-index.mjs';
import { pageHtml } from './template.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'twinlog-site-'));
const urlOf = (file: string) => file.replace(/\.md$/, '.html');

type Browser = Awaited<ReturnType<typeof launchBrowser>>;

let browser: Browser;
let page: Awaited<ReturnType<Browser['newPage']>>;
/** What must not happen: errors, and requests that leave the machine. */
const faults: string[] = [];

/** Two pages of the site, as it is built and opened: from files, without a server. */
beforeAll(async () => {
  const pages = ['docs/operate.md', 'docs/promises.md'].map((file) => readPage(file));
  const sections = [{ title: 'Guide', pages }];
  const files = new Set(pages.map(({ file }) => file));
  const render = await createRenderer({ pages: files, urlOf, source: 'https://example.com' });
  mkdirSync(path.join(folder, 'docs'));
  for (const one of pages) {
    const html = pageHtml({ page: one, html: render(one), sections, urlOf, toRoot: '..' });
    writeFileSync(path.join(folder, urlOf(one.file)), html);
  }
  cpSync(path.join(import.meta.dirname, 'assets'), path.join(folder, 'assets'), { recursive: true });
  cpSync(
    path.join(root, 'node_modules/minisearch/dist/umd/index.js'),
    path.join(folder, 'assets/minisearch.js'),
  );
  writeFileSync(path.join(folder, 'assets/search-index.js'), searchIndexOf(pages, urlOf));
  browser = await launchBrowser();
  page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) faults.push(request.url());
  });
  await page.goto(pathToFileURL(path.join(folder, 'docs/operate.html')).href);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const hits = () => page.locator('#found a');

test('a search by keyboard finds a heading, shows the words around it, and leads there', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('divergence');
  await hits().first().waitFor();
  expect(await hits().first().textContent()).toContain('A divergence');
  expect((await page.locator('#found mark').first().textContent())?.toLowerCase()).toContain('diverg');
  await page.keyboard.press('Enter');
  await page.waitForURL(/operate\.html#a-divergence$/);
});

test('it forgives a slip, leads to other pages, and says so where there is nothing', async () => {
  await page.locator('.search input').fill('divergense');
  await page.locator('#found a', { hasText: 'A divergence' }).waitFor();
  await page.locator('.search input').fill('promises');
  await page.locator('#found a[href*="promises.html"]').first().click();
  await page.waitForURL(/promises\.html/);
  await page.locator('.search input').fill('zzzz nothing has this');
  await page.locator('#found', { hasText: 'Nothing was found.' }).waitFor();
});

test('Escape closes it, and nothing was asked of anybody else', async () => {
  await page.keyboard.press('Escape');
  expect(await page.locator('#found').isHidden()).toBe(true);
  expect(faults).toEqual([]);
});
