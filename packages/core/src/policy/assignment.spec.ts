import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contestedHome,
  firstAssignment,
  formatAssignment,
  homeOf,
  newerOf,
  parseAssignment,
  raiseIncarnation,
  stampOf,
  takeOver,
} from './assignment.ts';

const cells = ['aws-us-east-1', 'azure-eastus', 'aws-eu-west-1', 'azure-westeurope', 'aws-ap-south-1'];
const keys = Array.from({ length: 2_000 }, (_, index) => `ACCT${index}`);

describe('an assignment', () => {
  it('is read back from its JSON form as it was', () => {
    const assignment = {
      ...raiseIncarnation(
        takeOver(firstAssignment('home-cell', cells), 'aws-us-east-1', 'azure-eastus'),
        'azure-eastus',
      ),
      drained: new Set(['aws-us-east-1']),
    };
    expect(parseAssignment(JSON.parse(JSON.stringify(formatAssignment(assignment))))).toEqual(assignment);
  });

  it.each([
    {},
    { n: 0, cell: 'a', policy: 'any-cell', cells: {} },
    { n: 1, cell: 'a', policy: 'some-cell', cells: {} },
    { n: 1, cell: 'a', policy: 'any-cell', cells: { a: 0 } },
    { n: 1, cell: 'a', policy: 'any-cell', cells: {}, ended: ['a'] },
  ])('is refused where it is incomplete or wrong: %j', (value) => {
    expect(() => parseAssignment(value)).toThrow();
  });

  it('stamps its version, and the policy where that is home-cell', () => {
    expect(stampOf(firstAssignment('any-cell', cells))).toBe('1.aws-us-east-1');
    expect(stampOf(takeOver(firstAssignment('home-cell', cells), 'aws-us-east-1', 'azure-eastus'))).toBe(
      '2.azure-eastus.home-cell',
    );
  });

  it('is newer by its count, and by its cell where two cells made one at once', () => {
    const first = firstAssignment('home-cell', cells);
    const here = takeOver(first, 'aws-us-east-1', 'azure-eastus');
    const there = takeOver(first, 'azure-eastus', 'aws-us-east-1');
    expect(newerOf(first, here)).toBe(here);
    expect(newerOf(there, here)).toBe(here);
    expect(newerOf(here, there)).toBe(here);
    expect(newerOf({ ...first, n: 10 }, { ...first, n: 9 }).n).toBe(10);
  });

  it('ends the incarnation before the one that is raised (R1)', () => {
    const raised = raiseIncarnation(
      raiseIncarnation(firstAssignment('any-cell', cells), 'azure-eastus'),
      'azure-eastus',
    );
    expect(raised.cells.get('azure-eastus')).toBe(3);
    expect([...raised.ended]).toEqual(['azure-eastus.1', 'azure-eastus.2']);
  });
});

describe('the home of a key', () => {
  it('is the same in whatever order the cells are listed', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(cells, { minLength: cells.length }), fc.string(), (listed, key) => {
        expect(homeOf(firstAssignment('home-cell', listed), key)).toBe(
          homeOf(firstAssignment('home-cell', cells), key),
        );
      }),
    );
  });

  it('is spread over the cells', () => {
    const assignment = firstAssignment('home-cell', cells);
    const counts = Map.groupBy(keys, (key) => homeOf(assignment, key));
    for (const cell of cells) expect(counts.get(cell)?.length).toBeGreaterThan(300);
  });

  it('moves only for the streams of a cell that leaves', () => {
    const all = firstAssignment('home-cell', cells);
    const fewer = firstAssignment('home-cell', cells.slice(1));
    for (const key of keys) {
      const home = homeOf(all, key);
      if (home !== cells[0]) expect(homeOf(fewer, key)).toBe(home);
    }
  });

  it('is the cell that took over, through any chain of takeovers, and the first again once that takes over itself', () => {
    const key =
      keys.find((one) => homeOf(firstAssignment('home-cell', cells), one) === 'aws-us-east-1') ?? '';
    const once = takeOver(firstAssignment('home-cell', cells), 'aws-us-east-1', 'azure-eastus');
    expect(homeOf(once, key)).toBe('azure-eastus');
    expect(homeOf(takeOver(once, 'azure-eastus', 'aws-eu-west-1'), key)).toBe('aws-eu-west-1');
    expect(homeOf(takeOver(once, 'azure-eastus', 'aws-us-east-1'), key)).toBe('aws-us-east-1');
  });
});

describe('a home that was taken over (R15)', () => {
  const first = firstAssignment('home-cell', cells);
  const key = keys[0] ?? '';
  const home = homeOf(first, key);
  const taken = takeOver(first, home, cells.find((cell) => cell !== home) ?? '');

  it('is contested until it is drained: it may not know, and go on deciding', () => {
    expect(contestedHome(first, key)).toBeUndefined();
    expect(contestedHome(taken, key)).toBe(home);
    expect(contestedHome({ ...taken, drained: new Set([home]) }, key)).toBeUndefined();
  });

  it('is contested by whoever of those that took it over was not drained in its turn', () => {
    const [taker = '', next = ''] = cells.filter((cell) => cell !== home);
    const again = takeOver({ ...takeOver(first, home, taker), drained: new Set([home]) }, taker, next);
    expect(homeOf(again, key)).toBe(next);
    expect(contestedHome(again, key)).toBe(taker);
    expect(contestedHome({ ...again, drained: new Set([home, taker]) }, key)).toBeUndefined();
  });

  it('is contested for its own streams alone, and never where every cell decides', () => {
    const others = keys.filter((one) => homeOf(first, one) !== home);
    expect(others.map((one) => contestedHome(taken, one)).every((cell) => cell === undefined)).toBe(true);
    expect(contestedHome({ ...taken, policy: 'any-cell' }, key)).toBeUndefined();
  });
});
