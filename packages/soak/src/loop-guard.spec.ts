import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@twinlog/simulator';
import { describe, expect, test } from 'vitest';
import { createBook } from './acknowledged.ts';
import { type SoakCell, startSoakCell } from './cell.ts';
import { noFaults } from './random-faults.ts';
import { heldBy } from './run.ts';
import { createTraffic } from './traffic.ts';

describe('the loop guard', () => {
  test.each([
    ['two cells', ['aws-us-east-1', 'azure-eastus']],
    ['three cells in a full mesh', ['aws-us-east-1', 'azure-eastus', 'aws-eu-west-1']],
  ])(
    'among %s, of 10,000 events each crosses once',
    async (_, names) => {
      const directory = await mkdtemp(join(tmpdir(), 'twinlog-loop-'));
      const random = createRandom(1);
      const cells: SoakCell[] = [];
      try {
        for (const [index, name] of names.entries())
          cells.push(
            await startSoakCell({
              name,
              peers: names.filter((peer) => peer !== name),
              cloud: index % 2 === 0 ? 'aws' : 'azure',
              file: join(directory, name),
              random: random.fork(),
              rates: noFaults,
              note: () => {},
            }),
          );
        for (const cell of cells)
          for (const other of cells) if (other !== cell) await cell.listen(other.topic);

        const book = createBook();
        const traffic = createTraffic(cells, random, book.note);
        for (let made = 0; made < 10_000; ) made += await traffic.step();
        while (cells.some((cell) => cell.underWay() > 0)) await sleep(10);
        // Whatever went in circles would still be going.
        await sleep(100);

        const origins = cells.map(({ origin }) => origin);
        const of = Object.fromEntries(origins.map((origin) => [origin, book.of(origin)]));
        for (const cell of cells) {
          const decided = of[cell.origin]?.count ?? 0;
          expect(decided).toBeGreaterThan(2_000);
          expect(cell.topic.published()).toBe(decided);
          expect(cell.delivered()).toBe(decided * (cells.length - 1));
        }
        const held = await heldBy(cells, origins, Date.now() + 60_000);
        expect(held).toHaveLength(cells.length ** 2);
        for (const log of held) expect(log.held).toEqual(of[log.origin]);
      } finally {
        for (const cell of cells) await cell.stop();
        await rm(directory, { recursive: true, force: true });
      }
    },
    120_000,
  );
});
