import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from './browser.spec.fixture.ts';
import { buyInBrowser } from './sdk-in-browser.spec.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'twinlog-console-'));
const traffic = join(folder, 'one.ndjson');
writeFileSync(traffic, '{"method":"GET","path":"/health"}\n');
const program = fileURLToPath(new URL('start.ts', import.meta.url));
const args = ['--conditions=twinlog-source', program, '--keep', '--no-failover', '--traffic', traffic];

let child: ReturnType<typeof spawn>;
let browser: Browser;
let page: Page;
let url = '';
/** What must not happen on the page: errors, and requests to anywhere else. */
const faults: string[] = [];

beforeAll(async () => {
  child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const says = new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk;
      const [, found] = /Watch it at (\S+)\n/.exec(text) ?? [];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(text)));
  });
  [browser, url] = await Promise.all([launchBrowser(), says]);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) faults.push(request.url());
  });
  await page.goto(url);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true });
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const figure = async (id: string) => Number(await page.locator(`#${id}`).textContent());
const figureAbove = (id: string, least: number) =>
  expect.poll(() => figure(id), { timeout: 60_000 }).toBeGreaterThan(least);
const sees = (text: string | RegExp) => page.getByText(text).first().waitFor();

/** What axe-core finds wrong with the page as it is. */
async function barriers(): Promise<unknown> {
  // By the debugger: to the page's own policy a script of somebody else's is a stranger.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run().then(({ violations, passes }) => JSON.stringify({
      violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html, any }) => [html, any.map(({ message }) => message)])]),
      passes: passes.length,
    }))`,
    awaitPromise: true,
  });
  return JSON.parse(result.value);
}

/** By how much the page is wider than its window, in CSS pixels. */
const sideways = () =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('somebody at the console', () => {
  test('may do nothing while the scripted run goes on, and is told how it ended', async () => {
    await sees('The scripted run: PASS.');
    expect(await button('Send 20 requests').isEnabled()).toBe(true);
  }, 90_000);

  test('sends traffic, cuts AWS, sees Azure take over, heals it, and sees that nothing is lost', async () => {
    await button('Send 20 requests').click();
    await sees(/^Nothing lost\. All \d+ acknowledged requests are in both clouds\.$/);
    await button('Keep sending').click();
    await figureAbove('acknowledged', 20);

    await button('Cut AWS off').click();
    await sees('Clients near us-east-1 → Azure');
    await page.locator('.cell.aws').getByText('Cut off').waitFor();
    await sees(/safe in one cloud, and will be in the other once it is back\.$/);
    await figureAbove('acknowledged', (await figure('acknowledged')) + 15);
    expect(await figure('onTheirWay')).toBeGreaterThan(0);
    expect(await figure('lost')).toBe(0);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await barriers()).toEqual({ violations: [], passes: expect.any(Number) });
    expect(await sideways()).toBe(0);

    await button('Heal AWS').click();
    await sees('AWS is back and catches up.');
    await button('Stop sending').click();
    await sees(/^Nothing lost\. All \d+ acknowledged requests are in both clouds\.$/);
    await sees(/, in canonical order: equal on both sides$/);
    for (const id of ['onTheirWay', 'lost', 'appliedTwice', 'staleReads'])
      expect([id, await figure(id)]).toEqual([id, 0]);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await barriers()).toEqual({ violations: [], passes: expect.any(Number) });
  }, 120_000);

  test('needs no mouse', async () => {
    await page.reload();
    await sees('The scripted run: PASS.');
    const before = await figure('acknowledged');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the cells');
    await page.keyboard.press('Enter');
    for (let tabs = 0; tabs < 12 && !(await page.locator('#send:focus').count()); tabs += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await figureAbove('acknowledged', before);
  }, 60_000);

  test('sees what a race comes to: a conflict, in both clouds at the same place', async () => {
    await button('Race both clouds').click();
    await figureAbove('conflicts', 0);
    await sees(/lost, (to be )?settled/);
  }, 60_000);

  test.each(['light', 'dark'] as const)(
    'reads all of it by scrolling one way on the narrowest of screens, with whatever is in it (WCAG 1.4.10): %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 320, height: 568 });
      const table = page.getByRole('region', { name: /, in canonical order: / });
      await table
        .getByText(/^lost, (to be )?settled$/)
        .first()
        .waitFor();
      expect(await sideways()).toBe(0);
      expect(await barriers()).toEqual({ violations: [], passes: expect.any(Number) });
      // What no screen of this width could hold moves in a frame of its own, also by the keyboard.
      await table.locator('table').evaluate((wide) => {
        wide.style.minWidth = '640px';
      });
      await table.focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => table.evaluate((frame) => frame.scrollLeft)).toBeGreaterThan(0);
      expect(await sideways()).toBe(0);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 900 });
    },
    60_000,
  );

  test('breaks and mends a database and a link', async () => {
    await button('Cut the Azure database').click();
    await button('Heal the Azure database').click();
    await sees('The database of Azure is back.');
    const link = page.getByRole('group', { name: 'Replication from AWS to Azure' });
    await link.getByLabel('Slow').check();
    await sees('Replication from AWS to Azure is slow.');
    await link.getByLabel('Well').check();
    await sees('Replication from AWS to Azure is as it should be.');
  }, 60_000);

  test('leaves a choice as it was made while the console is asked for it, whatever it still tells', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/api/actions', async (route) => {
      if (route.request().postDataJSON().do === 'link') await held;
      await route.continue();
    });
    const slow = page.getByRole('group', { name: 'Replication from Azure to AWS' }).getByLabel('Slow');
    await slow.click();
    // Told by a message that has the link as it was.
    await button('Cut the Azure database').click();
    await button('Heal the Azure database').click();
    await button('Cut the Azure database').waitFor();
    expect(await slow.isChecked()).toBe(true);
    release();
    await sees('Replication from Azure to AWS is slow.');
    expect(await slow.isChecked()).toBe(true);
    await page.unroute('**/api/actions');
  }, 60_000);
});

describe('the console', () => {
  test('loads less than 100 KB of script, and nothing from anywhere else', async () => {
    const script = await (await fetch(`${url}/main.js`)).text();
    expect(script.length).toBeGreaterThan(1_000);
    expect(script.length).toBeLessThan(100_000);
    expect(faults).toEqual([]);
  });

  test('does nothing for another page, and shows it nothing', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${url}/api/actions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"do":"cell","side":"azure","cut":true}',
      });
    expect((await ask({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask({})).status).toBe(403);
    const live = await fetch(`${url}/api/live`, { headers: { origin: 'https://evil.example' } });
    expect([live.status, live.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    expect(await page.locator('.cell.is-cut').count()).toBe(0);
  });
});

describe('the client library, bundled for browsers', () => {
  test.each(['page', 'worker'] as const)(
    'takes a %s to the cell that is left',
    async (where) => {
      expect(await buyInBrowser(browser, where)).toEqual(['4.00', 'capture_exceeds_amount']);
    },
    60_000,
  );
});
