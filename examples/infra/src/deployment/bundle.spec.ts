import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DomainEvent } from '@twinlog/core';
import { sampleEvent } from '@twinlog/core/testing';
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

describe('the zip file for Lambda', () => {
  test('imports, and its relay handles an event of the stream', async () => {
    await writeFile(join(folder, 'lambda.mjs'), unzipped('aws')['lambda.mjs'] ?? '');
    const foreign = streamEvent(sampleEvent({ origin: 'azure-eastus.1' }));
    const own = { eventName: 'INSERT', dynamodb: { SequenceNumber: '2', NewImage: { id: { S: 'no event' } } } };
    const program = `
      import * as functions from ${JSON.stringify(join(folder, 'lambda.mjs'))};
      const done = await functions.relay(${JSON.stringify({ Records: [foreign] })});
      console.log(JSON.stringify({ exports: Object.keys(functions), done }));
    `;
    void own;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { env: { ...lambdaEnvironment, PATH: process.env.PATH } },
    );
    const { exports, done } = JSON.parse(stdout);
    expect(exports).toEqual(expect.arrayContaining(['api', 'relay']));
    expect(done).toEqual({ batchItemFailures: [] });
  });
});
