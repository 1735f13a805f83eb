/**
 * `npm run lambda-ric`: the modules that are deployed to Lambda, under AWS's own runtime client (`aws-lambda-ric`) and a
 * local Runtime API, behind HTTP APIs and REST APIs; each answer beside that of the same cell in this process. Where the
 * client cannot be installed it says so and exits with 0; with 1 under `--strict`. `--native` compiles the client's HTTP
 * module, and from then on it is used.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { transactionId } from '@twinlog/core';
import { startApiGateway, startDynamoDb, startLambdaRuntimeApi } from '@twinlog/emulators';
import { awsCell, cellSettings } from '@twinlog/example-infra';
import { bundleAws, sampleAwsEnvironment } from '@twinlog/example-infra/bundle';
import { createTable } from '@twinlog/store-dynamodb';
import { operatorKey, requests, type Sent, send } from './requests.ts';
import { installedRic, installRic, nodeVersion, type Ric, ricVersion, startRuntime } from './ric.ts';

const timeoutMs = 29_000;
const payloads = ['2.0', '1.0'] as const;
const variables: Readonly<Record<string, string>> = {
  ...sampleAwsEnvironment,
  TWINLOG_AUTHENTICATION: 'off',
  TWINLOG_OPERATOR_KEYS: operatorKey,
};

type Handler = (event: Parameters<ReturnType<typeof awsCell>['api']>[0]) => Promise<unknown>;

/** A way in of the kind that sends these payloads. */
function gateway(payload: (typeof payloads)[number], handler: Handler) {
  return payload === '2.0'
    ? startApiGateway({ payload, handler })
    : startApiGateway({ payload, handler, binaryMediaTypes: ['*/*'] });
}

/** A database of its own, with the cell's table, as a connection for clients. */
async function database() {
  const emulator = await startDynamoDb();
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const client = new DynamoDBClient({ endpoint: emulator.url, region: 'us-east-1', credentials });
  await createTable(client, cellSettings(variables).store);
  return { emulator, client };
}

/** Plays all requests on both and tells which answers are not what they are to be. */
async function compare(payload: (typeof payloads)[number], ric: Ric, taskRoot: string): Promise<string[]> {
  const [under, inProcess] = await Promise.all([database(), database()]);
  const runtimeApi = await startLambdaRuntimeApi({ functionName: 'api', timeoutMs });
  const runtime = startRuntime(ric, {
    ...{ runtimeApi: runtimeApi.address, taskRoot, handler: 'api.handler' },
    variables: { ...variables, AWS_ENDPOINT_URL_DYNAMODB: under.emulator.url },
  });
  runtime.process.on('exit', () => void runtimeApi.stop());
  const cell = awsCell({
    settings: cellSettings(variables),
    dynamoDb: DynamoDBDocumentClient.from(inProcess.client),
    topic: { send: () => Promise.reject(new Error('Nothing is published here.')) },
    compensate: () => Promise.reject(new Error('Nothing is due here.')),
  });
  const gateways = await Promise.all([
    gateway(payload, runtimeApi.invoke),
    gateway(payload, (event) => cell.api(event)),
  ]);
  const wrong: string[] = [];
  try {
    for (const sent of requests(transactionId('café 7', 'order-1', Math.random))) {
      const [got, expected] = await Promise.all(gateways.map(({ url }) => send(url, sent)));
      const fault = faultOf(sent, got, expected);
      if (fault) wrong.push(`payload ${payload}, ${sent.what} (${sent.method} ${sent.path}): ${fault}`);
    }
    if (wrong.length > 0) wrong.push(`The runtime wrote:\n${runtime.output()}`);
    return wrong;
  } finally {
    await Promise.all(gateways.map((one) => one.stop()));
    await runtime.stop();
    await Promise.all([under, inProcess].map(({ emulator }) => emulator.stop()));
  }
}

function faultOf(
  sent: Sent,
  got: Awaited<ReturnType<typeof send>> | undefined,
  expected: Awaited<ReturnType<typeof send>> | undefined,
): string | undefined {
  if (expected?.status !== sent.status)
    return `in this process it is answered ${expected?.status} and not ${sent.status}: ${expected?.body}`;
  if (isDeepStrictEqual(got, expected)) return undefined;
  return `it is answered\n  ${JSON.stringify(got)}\nand in this process\n  ${JSON.stringify(expected)}`;
}

/** A function that cannot start says why, to whoever invokes it. */
async function failedStart(ric: Ric, taskRoot: string): Promise<string[]> {
  const { TWINLOG_CELL: _, ...incomplete } = variables;
  const runtimeApi = await startLambdaRuntimeApi({ functionName: 'api', timeoutMs });
  const runtime = startRuntime(ric, {
    ...{ runtimeApi: runtimeApi.address, taskRoot, handler: 'api.handler' },
    variables: incomplete,
  });
  try {
    const said = await runtimeApi.invoke({}).then(
      () => 'an answer',
      (error: unknown) => String(error),
    );
    return said.includes('TWINLOG_CELL') ? [] : [`without TWINLOG_CELL it started with ${said}`];
  } finally {
    await runtime.stop();
    await runtimeApi.stop();
  }
}

/** With its native module where that was compiled before, or is to be. */
async function obtain(native: boolean): Promise<Ric | { readonly why: string }> {
  const before = (await installedRic('native')) ?? (native ? undefined : await installedRic('stand-in'));
  if (before) return before;
  console.log(
    `lambda-ric: installing aws-lambda-ric ${ricVersion}${native ? ' and compiling it, which takes minutes' : ''}`,
  );
  return installRic(native ? 'native' : 'stand-in');
}

const { values } = parseArgs({
  options: { native: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
});
const ric = await obtain(values.native);
if ('why' in ric) {
  console.log(`lambda-ric: ${ric.why}\nlambda-ric: nothing was run under it.`);
  process.exit(values.strict ? 1 : 0);
}
if (ric.transport === 'stand-in')
  console.log(
    'lambda-ric: its native HTTP module is not compiled, and stood in for; npm run lambda-ric -- --native compiles it, once',
  );
const taskRoot = await mkdtemp(join(tmpdir(), 'twinlog-task-'));
try {
  const { files } = await bundleAws();
  for (const [name, content] of Object.entries(files)) await writeFile(join(taskRoot, name), content);
  const wrong = await failedStart(ric, taskRoot);
  for (const payload of payloads) {
    const faults = await compare(payload, ric, taskRoot);
    wrong.push(...faults);
    const count = requests('').length;
    if (faults.length === 0)
      console.log(
        `✓ payload ${payload}: ${count} answers under aws-lambda-ric ${ricVersion} (Node ${nodeVersion}) are those of this process`,
      );
  }
  for (const fault of wrong) console.error(`✗ ${fault}`);
  if (wrong.length > 0) process.exitCode = 1;
} finally {
  await rm(taskRoot, { recursive: true, force: true });
}
