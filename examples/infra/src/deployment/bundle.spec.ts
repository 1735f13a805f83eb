import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sampleEvent } from '@twinlog/core/testing';
import { encodeItem } from '@twinlog/store-dynamodb';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsFunctions, type Bundle, bundleFunctions } from './bundle.ts';
import { sampleAwsEnvironment } from './sample-environment.ts';

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
  /** Runs a program in a process of its own, as the functions run. */
  async function run(program: string): Promise<unknown> {
    for (const [name, content] of Object.entries(unzipped('aws')))
      await writeFile(join(folder, name), content);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: folder, env: { ...sampleAwsEnvironment, PATH: process.env.PATH } },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }

  test('has a module for each function, which imports as Lambda would and exports its handler', async () => {
    const program = `
      const modules = {};
      for (const name of ${JSON.stringify(awsFunctions)})
        modules[name] = Object.keys(await import('./' + name + '.mjs'));
      console.log(JSON.stringify(modules));
    `;
    expect(await run(program)).toEqual(Object.fromEntries(awsFunctions.map((name) => [name, ['handler']])));
  });

  test('has a relay that lets an event of another cell go by', async () => {
    const stream = { Records: [inserted('azure-eastus.1', '100000000000000000001')] };
    const program = `
      const { handler } = await import('./relay.mjs');
      const answer = await handler(${JSON.stringify(stream)}, { getRemainingTimeInMillis: () => 30_000 });
      console.log(JSON.stringify(answer));
    `;
    expect(await run(program)).toEqual({ batchItemFailures: [] });
  });

  test("tells by its own sources' lines where an error came from", async () => {
    const program = `
      delete process.env.TWINLOG_CELL;
      await import('./api.mjs').catch(({ stack }) => console.log(JSON.stringify(stack)));
    `;
    expect(await run(program)).toMatch(/at .*examples\/infra\/src\/settings\.ts:\d+/);
  });
});
