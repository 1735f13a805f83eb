import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../bench/src/http/bundles.ts';

/** What the API may add to the SDK in its Lambda bundle, minified: before the first request, and in all. */
const atStartBytes = 185_000;
const inAllBytes = 290_000;

test("the API's Lambda bundle stays within its budget, and loads later what it may not need", async () => {
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
    expect(api.inAll - sdk.inAll).toBeLessThan(inAllBytes);
    expect(api.packagesAtStart).toContain('zod');
    for (const heavy of ['jose', 'cloudevents', '@azure/eventgrid', '@azure/cosmos', '@azure/identity'])
      expect(api.packagesAtStart).not.toContain(heavy);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
