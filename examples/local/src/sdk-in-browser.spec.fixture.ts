import { fileURLToPath } from 'node:url';
import { createHttpApi } from '@twinlog/adapters';
import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';

/** Buys something through a cell that is gone and one that is left, where this script runs. */
const buying = `
  const client = createClient({ cells: ['http://aws.test', 'http://azure.test'] });
  const { transaction_id } = await client.create({ account_id: 'acct-1', amount: '10.00', currency: 'USD' });
  await client.capture(transaction_id, { amount: '4.00', currency: 'USD' });
  const refused = await client.capture(transaction_id, { amount: '7.00', currency: 'USD' }).catch(({ code }) => code);
  const { captured } = await client.get(transaction_id);
  return [captured, refused];
`;
const inPage = `(async () => { const { createClient } = await import('/client.js'); ${buying} })()`;
const inWorker = `
  import { createClient } from '/client.js';
  (async () => { ${buying} })().then(postMessage, (error) => postMessage(String(error)));
`;
const askWorker = `new Promise((resolve, reject) => {
  const worker = new Worker('/worker.js', { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})`;

/** @returns what was captured in the end, and the code of what was refused. */
export async function buyInBrowser(browser: Browser, where: 'page' | 'worker'): Promise<unknown> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve('@twinlog/adapters/client'))],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const client = outputFiles[0]?.text ?? '';
  const runtime = systemRuntime;
  const store = createMemoryStore();
  const origin = 'azure-eastus.1';
  const service = createService({
    aggregate: transaction,
    store,
    origin,
    assignment: '1.aws-us-east-1',
    runtime,
  });
  const api = createHttpApi({ service, store, runtime, authenticate: 'off', warn: () => {} });

  const context = await browser.newContext();
  const js = (body: string) => ({ contentType: 'text/javascript', body });
  await context.route('http://page.test/', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await context.route('http://page.test/client.js', (route) => route.fulfill(js(client)));
  await context.route('http://page.test/worker.js', (route) => route.fulfill(js(inWorker)));
  await context.route('http://aws.test/**', (route) => route.abort('connectionrefused'));
  await context.route('http://azure.test/**', async (route) => {
    const cors = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': '*',
    };
    const request = route.request();
    if (request.method() === 'OPTIONS') return route.fulfill({ status: 204, headers: cors });
    const asked = {
      method: request.method(),
      headers: await request.allHeaders(),
      body: request.postData(),
    };
    const answer = await api(new Request(request.url(), asked));
    const headers = { ...Object.fromEntries(answer.headers), ...cors };
    return route.fulfill({ status: answer.status, headers, body: await answer.text() });
  });
  const page = await context.newPage();
  await page.goto('http://page.test/');
  const bought: unknown = await page.evaluate(where === 'page' ? inPage : askWorker);
  await context.close();
  return bought;
}
