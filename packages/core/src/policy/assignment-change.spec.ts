import { describe, expect, it } from 'vitest';
import { type Assignment, firstAssignment, homeOf, originsOf } from './assignment.ts';
import { type AssignmentChange, changeAssignment } from './assignment-change.ts';

const first = firstAssignment('home-cell', ['aws', 'azure']);
const change = (current: Assignment, ...changes: readonly AssignmentChange[]) =>
  changes.reduce((before, next) => changeAssignment(before, next, 'azure'), current);
const keyOf = (cell: string) =>
  Array.from({ length: 64 }, (_, at) => `key-${at}`).find((key) => homeOf(first, key) === cell) ?? '';

describe('a change of the assignment (R14)', () => {
  it('is a new version, named after the cell at which it is made', () => {
    expect(change(first, { kind: 'raise', cell: 'aws' })).toMatchObject({
      n: 2,
      cell: 'azure',
      cells: new Map([
        ['aws', 2],
        ['azure', 1],
      ]),
      ended: new Set(['aws.1']),
    });
    expect(change(first, { kind: 'policy', policy: 'any-cell' })).toMatchObject({ policy: 'any-cell' });
  });

  it('drains a cell, hands its streams to another, and gives them back when it resumes', () => {
    const drained = change(first, { kind: 'drain', cell: 'aws' });
    expect(drained.drained).toEqual(new Set(['aws']));
    expect(homeOf(drained, keyOf('aws'))).toBe('aws');
    const taken = change(drained, { kind: 'takeover', from: 'aws', to: 'azure' });
    expect(homeOf(taken, keyOf('aws'))).toBe('azure');
    const resumed = change(taken, { kind: 'resume', cell: 'aws' });
    expect(resumed).toMatchObject({ drained: new Set(), takenOver: new Map() });
    expect(homeOf(resumed, keyOf('aws'))).toBe('aws');
  });

  it('lets cells join and leave, and never uses an origin twice', () => {
    const joined = change(first, { kind: 'join', cell: 'gcp' });
    expect(originsOf(joined)).toEqual(['aws.1', 'azure.1', 'gcp.1']);
    const gone = change(joined, { kind: 'leave', cell: 'gcp' });
    expect([...gone.cells.keys()]).toEqual(['aws', 'azure']);
    expect(originsOf(gone)).toEqual(['aws.1', 'azure.1', 'gcp.1']);
    expect(change(gone, { kind: 'join', cell: 'gcp' }).cells.get('gcp')).toBe(2);
  });

  it('hands on what one took over, once that one is drained, and not behind its back', () => {
    const three = change(first, { kind: 'join', cell: 'gcp' });
    const taken = change(
      three,
      { kind: 'drain', cell: 'aws' },
      { kind: 'takeover', from: 'aws', to: 'azure' },
    );
    const on = { kind: 'takeover', from: 'aws', to: 'gcp' } as const;
    expect(() => change(taken, on)).toThrow(
      'azure has taken over from aws. Take over from azure, or drain azure first.',
    );
    const handed = change(taken, { kind: 'drain', cell: 'azure' }, on);
    expect([...handed.takenOver]).toEqual([['aws', 'gcp']]);
    const chained = change(taken, { kind: 'takeover', from: 'azure', to: 'gcp' });
    expect(() => change(chained, on)).toThrow('gcp has taken over from aws already.');
  });

  it('gives a cell back its own by what it takes over, and not behind the back of whoever decides that now', () => {
    const three = change(first, { kind: 'join', cell: 'gcp' });
    const taken = change(three, { kind: 'takeover', from: 'azure', to: 'gcp' });
    const over = { kind: 'takeover', from: 'aws', to: 'azure' } as const;
    expect(() => change(taken, over)).toThrow(
      'gcp has taken over from azure. Resume azure, or drain gcp, first.',
    );
    const given = [['aws', 'azure']];
    expect([...change(taken, { kind: 'drain', cell: 'gcp' }, over).takenOver]).toEqual(given);
    expect([...change(taken, { ...over, from: 'gcp' }).takenOver]).toEqual([['gcp', 'azure']]);
  });

  it.each([
    [{ kind: 'takeover', from: 'aws', to: 'gcp' }, 'There is no cell "gcp". There are aws, azure.'],
    [{ kind: 'takeover', from: 'aws', to: 'aws' }, 'cannot take over from itself'],
    [{ kind: 'policy', policy: 'home-cell' }, 'The policy is home-cell already.'],
    [{ kind: 'resume', cell: 'aws' }, 'aws decides already.'],
    [{ kind: 'join', cell: 'aws' }, 'aws is one of the cells already.'],
    [{ kind: 'raise', cell: 'gcp' }, 'There is no cell "gcp"'],
  ] satisfies readonly (readonly [AssignmentChange, string])[])('%j is refused, and why', (wrong, why) => {
    expect(() => change(first, wrong)).toThrow(why);
  });

  it.each([
    [{ kind: 'drain', cell: 'azure' }, { kind: 'drain', cell: 'azure' }, 'azure is drained already.'],
    [{ kind: 'drain', cell: 'azure' }, { kind: 'takeover', from: 'aws', to: 'azure' }, 'Resume it first.'],
    [
      { kind: 'takeover', from: 'aws', to: 'azure' },
      { kind: 'takeover', from: 'aws', to: 'azure' },
      'azure has taken over from aws already.',
    ],
    [{ kind: 'leave', cell: 'azure' }, { kind: 'leave', cell: 'aws' }, 'aws is the last of the cells.'],
  ] satisfies readonly (readonly [AssignmentChange, AssignmentChange, string])[])(
    '%j makes %j refused, and why',
    (before, wrong, why) => {
      const changed = change(first, before);
      expect(() => change(changed, wrong)).toThrow(why);
    },
  );
});
