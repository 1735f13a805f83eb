import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sampleEvent } from '@twinlog/core/testing';
import { encodeItem } from '@twinlog/store-dynamodb';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundleFunctions } from './bundle.ts';

let bundles: readonly Bundle[];
let folder: string;

beforeAll(async () => {
  bundles = await bundleFunctions();
  folder = await mkdtemp(join(tmpdir(), 'twinlog-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const unzipped = (cloud: Bundle['cloud']): Record<string, Uint8Array> => {
  const bundle = bundles.find((candidate) => candidate.cloud === cloud);
  if (bundle === undefined) throw new Error(`There is no bundle for ${cloud}.`);
  return unzipSync(bundle.bytes);
};

describe('the zip files of the functions', () => {
  test('are the same bytes whenever the same sources are built', async () => {
    const again = await bundleFunctions();
    expect(again.map(({ name }) => name)).toEqual(bundles.map(({ name }) => name));
    for (const [place, { bytes }] of again.entries()) {
      expect(Buffer.from(bytes).equals(bundles[place]?.bytes ?? new Uint8Array())).toBe(true);
    }
  });

  test('hold no path of the machine they were built on', () => {
    for (const cloud of ['aws', 'azure'] as const) {
      for (const [name, content] of Object.entries(unzipped(cloud))) {
        expect.soft(strFromU8(content).includes(process.cwd()), name).toBe(false);
      }
    }
  });

  test('are small enough for Lambda to take in one upload', () => {
    for (const { bytes } of bundles) expect(bytes.length).toBeLessThan(50 * 1024 * 1024);
  });
});

/** What Terraform gives a cell on AWS, without a key; there is nothing behind any of it. */
const lambdaEnvironment = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TWINLOG_CELL: 'aws-us-east-1',
  TWINLOG_PEERS: 'azure-eastus',
  TWINLOG_PEER_URLS: 'azure-eastus=https://azure.example.com',
  TWINLOG_RECEIVE_ISSUER: 'https://login.microsoftonline.com/tenant/v2.0',
  TWINLOG_RECEIVE_AUDIENCE: 'application',
  TWINLOG_RECEIVE_SUBJECTS: 'event-grid',
  TWINLOG_PEER_SUBJECTS: 'azure-eastus',
  TWINLOG_TOKEN_ISSUER: 'https://login.example.com/',
  TWINLOG_TOKEN_AUDIENCE: 'https://api.example.com',
  TWINLOG_TOKEN_KEYS: 'https://login.example.com/keys',
  TWINLOG_INBOUND_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/inbound',
  TWINLOG_AZURE_TENANT_ID: 'tenant',
  TWINLOG_AZURE_CLIENT_ID: 'client',
  EVENT_GRID_ENDPOINT: 'https://topic-0.example.com/api/events,https://topic-1.example.com/api/events',
};

/** An insert of an event, as the stream tells of it. */
function inserted(origin: string, sequenceNumber: string): unknown {
  const item = encodeItem(sampleEvent({ stream: 'txn_1', origin }));
  const image = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }]));
  const keys = { stream: image.stream, place: image.place };
  return {
    eventSource: 'aws:dynamodb',
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: sequenceNumber, StreamViewType: 'NEW_IMAGE', Keys: keys, NewImage: image },
  };
}

describe('the zip file for Lambda', () => {
  test('imports as Lambda would, and its relay lets an event of another cell go by', async () => {
    await writeFile(join(folder, 'lambda.mjs'), unzipped('aws')['lambda.mjs'] ?? '');
    const stream = { Records: [inserted('azure-eastus.1', '100000000000000000001')] };
    const program = `
      const { relay, ...others } = await import(${JSON.stringify(join(folder, 'lambda.mjs'))});
      const answer = await relay(${JSON.stringify(stream)}, { getRemainingTimeInMillis: () => 30_000 });
      console.log(JSON.stringify({ others: Object.keys(others), answer }));
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { env: { ...lambdaEnvironment, PATH: process.env.PATH } },
    );
    const { others, answer } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(others.sort()).toEqual(['api', 'receive', 'reconcile', 'sweep']);
    expect(answer).toEqual({ batchItemFailures: [] });
  });
});
