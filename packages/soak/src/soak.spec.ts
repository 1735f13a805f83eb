import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@twinlog/simulator';
import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { slopeOf } from './memory.ts';
import { reportText } from './report.ts';
import { runSoak } from './run.ts';

describe('a soak', () => {
  test('of 20,000 events, both ways and under every fault, loses nothing and counts nothing twice', async () => {
    const result = await runSoak({ events: 20_000, seed: 1 });
    console.log(reportText(result));
    expect(result).toMatchObject({ lost: 0, twice: 0, digestsEqual: true, passed: true });
    expect(result.events).toBeGreaterThanOrEqual(20_000);
    // Each kind of fault has struck: else the run has shown little.
    const struck = new Set(Object.keys(result.faults).map((fault) => fault.split(' ', 1)[0]));
    expect([...struck].sort()).toEqual(
      expect.arrayContaining(['delivery', 'lease', 'poison', 'publish', 'store', 'trigger', 'webhook']),
    );
    expect(result.reconciled).toBeGreaterThan(0);
  }, 120_000);
});

describe('its arguments', () => {
  test('are a number of events and a seed', () => {
    expect(parseArguments([])).toEqual({ events: 1_000_000, seed: 1, json: false });
    expect(parseArguments(['--events', '20000', '--seed', '7', '--json'])).toEqual({
      events: 20_000,
      seed: 7,
      json: true,
    });
    expect(parseArguments(['--help'])).toBeUndefined();
  });

  test.each([
    ['--events', '0'],
    ['--events', '1e6'],
    ['--events', 'many'],
    ['--seed', '-1'],
    ['--speed', '1'],
    ['more'],
  ])('are refused in one line: %s %s', (...args) => {
    expect(() => parseArguments(args)).toThrow(UsageError);
    expect(() => parseArguments(args)).toThrow(/^[^\n]+$/);
  });

  test('that are wrong end it with exit code 2, before it has begun', async () => {
    const program = fileURLToPath(new URL('soak.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=twinlog-source', program, '--events', 'many']);
    const said: string[] = [];
    child.stderr.on('data', (text) => said.push(String(text)));
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(said.join('')).toBe('--events is "many"; it takes a whole number from 1 to 100000000.\n');
  }, 60_000);
});

test('a slope is that of the line with the least squared distances', () => {
  const points = [
    [0, 1],
    [1, 3],
    [2, 5],
  ] as const;
  expect(slopeOf(points)).toBe(2);
  expect(slopeOf([[5, 5]])).toBe(0);
});
