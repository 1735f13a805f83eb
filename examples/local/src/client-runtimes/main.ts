/**
 * `npm run client-runtimes`: the client where it is to run beside Node and browsers: in Deno, and in workerd, which runs
 * Cloudflare's Workers. A purchase by way of a first cell that refuses connections, and of one that never answers. Where
 * the runtimes cannot be installed it says so and exits with 0; with 1 under `--strict`.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import { createHttpApi, createNodeServer } from '@twinlog/adapters';
import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';
import { build } from 'esbuild';
import { installedOutside, installOutside, type Outside } from '../outside.ts';

const denoVersion = '2.9.6';
const workerdVersion = '1.20261117.1';
const outside: Outside = {
  name: `client-runtimes-${denoVersion}-${workerdVersion}`,
  dependencies: { deno: denoVersion, workerd: workerdVersion },
  scripts: ['deno', 'workerd'],
};

/** What was captured in the end, and the code of what was refused. */
const expected = ['4.00', 'capture_exceeds_amount'];

/** The program: what is bought through each list of cells. */
const program = (lists: readonly (readonly string[])[]) => `
import { createClient } from '@twinlog/adapters/client';
async function buy(cells) {
  const client = createClient({ cells });
  const { transaction_id } = await client.create({ account_id: 'acct-1', amount: '10.00', currency: 'USD' });
  await client.capture(transaction_id, { amount: '4.00', currency: 'USD' });
  const refused = await client.capture(transaction_id, { amount: '7.00', currency: 'USD' }).catch(({ code }) => code);
  const { captured } = await client.get(transaction_id);
  return [captured, refused];
}
export const bought = () => Promise.all(${JSON.stringify(lists)}.map(buy));
`;
const inProcess = `
import { bought } from './program.mjs';
console.log(JSON.stringify(await bought()));
`;
const worker = `
import { bought } from './program.mjs';
export default { fetch: async () => Response.json(await bought()) };
`;
const workerConfig = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs"), (name = "program.mjs", esModule = embed "program.mjs")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** The cell that answers. */
function cell(): Server {
  const runtime = systemRuntime;
  const store = createMemoryStore();
  const origin = 'azure-eastus.1';
  const service = createService({
    ...{ aggregate: transaction, store, origin, runtime },
    assignment: '1.aws-us-east-1',
  });
  const api = createHttpApi({ service, store, runtime, authenticate: 'off', warn: () => {} });
  return createNodeServer(api, { goodbyeMs: 0 }).server;
}

async function inWorkerd(workerd: string, folder: string): Promise<unknown> {
  const args = ['serve', 'worker.capnp', '--control-fd=3'];
  const child = spawn(workerd, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  try {
    const [told] = await Promise.race([
      once(child.stdio[3] ?? child, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('workerd ended before it listened.'))),
    ]);
    const { port } = JSON.parse(String(told).split('\n')[0] ?? '');
    return await (await fetch(`http://127.0.0.1:${port}/`)).json();
  } finally {
    child.kill('SIGKILL');
  }
}

async function inRuntime(file: string, args: readonly string[], folder: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(file, [...args, 'main.mjs'], { cwd: folder, timeout: 60_000 });
  return JSON.parse(stdout);
}

const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const before = await installedOutside(outside);
if (before === undefined)
  console.log('client-runtimes: installing Deno and workerd outside of the workspace');
const made = before === undefined ? await installOutside(outside) : { folder: before };
if ('why' in made) {
  console.log(`client-runtimes: ${made.why}\nclient-runtimes: the client was run in neither.`);
  process.exit(values.strict ? 1 : 0);
}
const bin = join(made.folder, 'node_modules/.bin');
const folder = await mkdtemp(join(tmpdir(), 'twinlog-client-'));
const [live, gone, silent] = [cell(), createServer(), createServer()];
try {
  const [livePort, gonePort, silentPort] = await Promise.all([live, gone, silent].map(portOf));
  gone.close();
  const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
  const lists = [gonePort, silentPort].map((first) => [url(first), url(livePort)]);
  const resolveDir = fileURLToPath(new URL('.', import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: program(lists), resolveDir },
    ...{ bundle: true, format: 'esm', platform: 'neutral', write: false, conditions: ['twinlog-source'] },
  });
  const files = { 'program.mjs': outputFiles[0]?.text ?? '', 'main.mjs': inProcess, 'worker.mjs': worker };
  for (const [name, content] of Object.entries({ ...files, 'worker.capnp': workerConfig }))
    await writeFile(join(folder, name), content);
  const runtimes = {
    'Node, for comparison': () => inRuntime(process.execPath, [], folder),
    [`Deno ${denoVersion}`]: () =>
      inRuntime(join(bin, 'deno'), ['run', '--no-lock', '--no-config', '--allow-net=127.0.0.1'], folder),
    [`workerd ${workerdVersion}`]: () => inWorkerd(join(bin, 'workerd'), folder),
  };
  for (const [name, run] of Object.entries(runtimes)) {
    const started = performance.now();
    const bought = await Promise.race([run(), delay(60_000, 'no answer within a minute', { ref: false })]);
    const isRight = isDeepStrictEqual(bought, [expected, expected]);
    if (!isRight) process.exitCode = 1;
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(`${isRight ? '✓' : '✗'} ${name}: ${JSON.stringify(bought)} in ${seconds} s`);
  }
} finally {
  live.close();
  silent.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit();
