import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Difference, differences } from './differences.ts';
import { always, anyHistory, origins, steadyHistory, storeOf } from './logs.fixture.ts';
import { localPeer, type Peer } from './peer.ts';

async function all(first: Peer, second: Peer) {
  const found: Difference[] = [];
  for await (const one of differences({ first, second, origins, ...always })) found.push(one);
  return found;
}

describe('the differences of two cells', () => {
  test('are what either lacks, whatever each holds and however little it does for a request', async () => {
    const held = fc.constantFrom('first', 'second', 'both');
    await fc.assert(
      fc.asyncProperty(
        anyHistory.chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.array(held, { minLength: events.length, maxLength: events.length }),
          ),
        ),
        fc.constantFrom(1, 3, 1_000),
        async ([events, holders], maxKeys) => {
          const [first, second] = await Promise.all(
            ['first', 'second'].map(async (name) =>
              localPeer(await storeOf(events.filter((_, at) => [name, 'both'].includes(holders[at] ?? ''))), {
                maxKeys,
              }),
            ),
          );
          if (!first || !second) throw new Error('there are two');
          const found = await all(first, second);
          const expected = events.flatMap(({ id }, at) => {
            if (holders[at] === 'both') return [];
            return [`${id} ${holders[at] === 'first' ? 'second' : 'first'}`];
          });
          expect(found.map(({ key, missingIn }) => `${key.id} ${missingIn}`).sort()).toEqual(expected.sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('are found among many by few requests', async () => {
    const events = steadyHistory(3_000);
    let requests = 0;
    const counted = (peer: Peer): Peer => ({
      ...peer,
      digests: (query) => {
        requests += 1;
        return peer.digests(query);
      },
    });
    const [lost] = events.slice(1_234);
    const found = await all(
      counted(localPeer(await storeOf(events))),
      counted(localPeer(await storeOf(events.filter((event) => event !== lost)))),
    );
    expect(found).toMatchObject([{ key: { id: lost?.id }, missingIn: 'second' }]);
    expect(requests).toBeLessThan(60);
  });
});
