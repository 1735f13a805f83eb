import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { defaultSizing, type Limit, type Load, limits, sizeFor } from './capacity.ts';
import { cheaperFrom, monthlyCost } from './cost.ts';
import { capacityReport, costReport } from './report.ts';

const pair = (requests: number): Load => ({ requests, awsCells: 1, azureCells: 1 });
const byName = (rows: readonly Limit[], name: string): Limit => {
  const row = rows.find((candidate) => candidate.name.startsWith(name));
  if (row === undefined) throw new Error(`There is no limit "${name}".`);
  return row;
};
const dollars = (lines: ReturnType<typeof monthlyCost>): number =>
  lines.reduce((sum, line) => sum + line.dollars, 0);
const document = (name: string): Promise<string> =>
  readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('the limits of a matrix', () => {
  test('come in the order in which they are met', () => {
    const headrooms = limits(pair(10_000)).map(({ headroom }) => headroom);
    expect(headrooms).toEqual(headrooms.toSorted((one, other) => one - other));
    expect(limits(pair(1_000))[0]?.name).toMatch(/^Cosmos DB, request units/);
  });

  test('of a topic are met at 5,000 events a second of one cell, and moved by more topics', () => {
    expect(byName(limits(pair(10_000)), 'Event Grid, events').headroom).toBe(1);
    const two = { ...defaultSizing, topicsPerCell: 2 };
    expect(byName(limits(pair(10_000), two), 'Event Grid, events').headroom).toBe(2);
  });

  test('of a table count what every cell decided, and of an index what one did', () => {
    const three = { requests: 12_000, awsCells: 2, azureCells: 1 };
    expect(byName(limits(three), 'DynamoDB, write units').asked).toBe(36_000);
    expect(byName(limits(three), 'DynamoDB, index by-time').asked).toBe(4_000);
  });

  test('of the relay follow the shards, a batch and the factor', () => {
    // 4 shards × 2 at a time × 100 records ÷ 0.25 s.
    expect(byName(limits(pair(1_000)), 'Relay on the stream').there).toBe(3_200);
    const ten = { ...defaultSizing, relayParallelization: 10 };
    expect(byName(limits(pair(1_000), ten), 'Relay on the stream').there).toBe(16_000);
  });

  test('of a cloud that has no cell are none', () => {
    const clouds = limits({ requests: 1_000, awsCells: 2, azureCells: 0 }).map(({ cloud }) => cloud);
    expect(new Set(clouds)).toEqual(new Set(['aws', 'both']));
  });

  test.each([100, 1_000, 5_000, 10_000])(
    'at %i requests/s are kept by the variables that are named',
    (requests) => {
      const exceeded = limits(pair(requests), sizeFor(pair(requests))).filter(({ headroom }) => headroom < 1);
      expect(exceeded).toEqual([]);
    },
  );

  test('at 100,000 requests/s are those that no variable moves', () => {
    const load = pair(100_000);
    const exceeded = limits(load, sizeFor(load)).filter(({ headroom }) => headroom < 1);
    expect(exceeded.map(({ movedBy }) => movedBy).join()).not.toMatch(/topics_per_cell|relay_par|cosmos/);
    expect(exceeded.length).toBeGreaterThan(0);
  });

  test('at 100,000 requests/s leave thirteen cells short of write units alone, and twelve of the index too', () => {
    const short = (awsCells: number) => {
      const load = { requests: 100_000, awsCells, azureCells: 6 };
      return limits(load, sizeFor(load)).flatMap(({ name, headroom }) => (headroom < 1 ? [name] : []));
    };
    const writeUnits = 'DynamoDB, write units of the table and its indexes';
    expect(short(7)).toEqual([writeUnits]);
    expect(short(6)).toEqual([writeUnits, 'DynamoDB, index by-time of one origin']);
  });
});

describe('the cost of a month', () => {
  const load = { awsCells: 1, azureCells: 1 };

  test('grows with every request, and by no more than its share', () => {
    const [idle = 0, hundred = 0, twoHundred = 0] = [0, 100, 200].map((requestsPerSecond) =>
      dollars(monthlyCost({ ...load, requestsPerSecond })),
    );
    expect(hundred).toBeGreaterThan(idle);
    expect(twoHundred - idle).toBeCloseTo(2 * (hundred - idle), 6);
  });

  test('of Event Grid is one operation in and one out for each other cell', () => {
    const line = monthlyCost({ ...load, requestsPerSecond: 100 }).find(({ what }) =>
      what.startsWith('Event Grid'),
    );
    // 100 × 0.8 events a second, 2,628,000 seconds, two operations, $0.60 a million.
    expect(line?.dollars).toBeCloseTo(80 * 2.628 * 2 * 0.6, 6);
  });

  test('tells from which rate on a provisioned gateway, and a provisioned database, cost less', () => {
    // 3.50 a million against 700 with 50 million in it, then 2.50 a million: even at 575 million a month.
    expect(cheaperFrom().standardGateway).toBeCloseTo(575_000_000 / 2_628_000, 6);
    // 1 request unit every second of a month is 0.657 serverless, and 0.0876 of what autoscale holds ready.
    const { autoscale } = cheaperFrom();
    const floor = (2 * 100 * 0.012 * 730) / 100;
    const unitsOf = 0.8 * 8 + 0.5 * 6;
    expect(autoscale * unitsOf * 0.657).toBeCloseTo(autoscale * unitsOf * 0.0876 + floor, 6);
  });

  test('idle is what stands there: probes, zones, alarms', () => {
    expect(dollars(monthlyCost({ ...load, requestsPerSecond: 0 }))).toBeLessThan(50);
  });
});

describe('the pages', () => {
  test('on capacity have the tables that the arithmetic makes today', async () => {
    const page = await document('capacity.md');
    for (const requests of [1_000, 10_000, 100_000]) expect(page).toContain(capacityReport(pair(requests)));
  });

  test('on cost have the table that the arithmetic makes today', async () => {
    const loads = [0, 100].map((requestsPerSecond) => ({ requestsPerSecond, awsCells: 1, azureCells: 1 }));
    expect(await document('cost.md')).toContain(costReport(loads));
  });
});
