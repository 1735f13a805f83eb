import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRuntime } from '../cell.spec.fixture.ts';
import { createClient } from './client.ts';
import { createWorld, type Health } from './world.spec.fixture.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });

const anyHealth = fc.constantFrom<Health>('well', 'well', 'gone', 'deaf', 'forgetful', 'unavailable');
/** How both cells and the way between them are from one moment on. */
const anyWeather = fc.record({
  afterMs: fc.integer({ min: 1, max: 3_000 }),
  aws: anyHealth,
  azure: anyHealth,
  replicates: fc.boolean(),
});

test('through whatever outages, a command takes effect once, and nothing that was seen is unseen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyWeather, { maxLength: 8 }), fc.nat(), async (weather, seed) => {
      const { random } = seededRuntime(seed);
      const world = createWorld(random);
      const { fetch, now, sleep } = world;
      const client = createClient({
        cells: [world.aws.url, world.azure.url],
        fetch,
        now,
        sleep,
        random,
        timeoutMs: 120_000,
      });
      const change = async () => {
        for (const { afterMs, aws, azure, replicates } of weather) {
          await sleep(afterMs);
          world.aws.health = aws;
          world.azure.health = azure;
          world.replicates = replicates;
        }
        await sleep(3_000);
        world.aws.health = world.azure.health = 'well';
        world.replicates = true;
      };
      const work = async () => {
        const { transaction_id: id } = await client.create({ account_id: 'acct-1', ...usd('10.00') });
        const known: string[] = [];
        for (let step = 1; step <= 6; step += 1) {
          const key = `capture-${step}`;
          await client.capture(id, usd('1.00'), { idempotencyKey: key });
          known.push(key);
          const shown = await client.get(id);
          expect(shown.commands.map(({ command_id }) => command_id)).toEqual(expect.arrayContaining(known));
          await sleep(200);
        }
        return id;
      };
      const [id] = await world.run(Promise.all([work(), change()]));
      await world.run(sleep(1_000));
      for (const { url } of [world.aws, world.azure]) {
        const at = createClient({ cells: [url], fetch, now, sleep });
        expect(await world.run(at.get(id))).toMatchObject({ captured: '6.00', conflicts: [], pending: 0 });
      }
    }),
    { numRuns: 60 },
  );
});
