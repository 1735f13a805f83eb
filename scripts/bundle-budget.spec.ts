import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../bench/src/http/bundles.ts';

/** What the API may add to the SDK before the first request, in bytes of minified modules. */
const atStartBytes = 270_000;

/** What the zip file for Lambda may hold for all functions of a cell, the SDKs of both clouds included. */
const inAllBytes = 1_700_000;

test('what Lambda loads for the API stays within its budget, and loads later what it may not need', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'twinlog-budget-'));
  try {
    const [api, sdk] = await Promise.all([
      bundle('api', join(directory, 'a')),
      bundle('sdk', join(directory, 'b')),
    ]);
    console.log(
      `API ${api.atStart} bytes at the start, ${api.inAll} in all; the SDK by itself ${sdk.atStart}`,
    );
    expect(api.atStart - sdk.atStart).toBeLessThan(atStartBytes);
    expect(api.inAll).toBeLessThan(inAllBytes);
    expect(api.packagesAtStart).toContain('zod');
    const later = ['jose', 'cloudevents', '@aws-sdk/client-sqs', '@aws-sdk/client-sts'];
    for (const heavy of [...later, '@azure/eventgrid', '@azure/cosmos', '@azure/identity'])
      expect(api.packagesAtStart).not.toContain(heavy);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
