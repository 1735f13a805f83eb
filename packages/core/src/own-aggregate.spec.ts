import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { accountLimit, again, spent, tooMuch } from './own-aggregate.example.ts';
import { createService } from './service.ts';
import { ingest } from './store/event-store.ts';
import { createMemoryStore } from './store/memory.ts';

/** Two cells that hold the same open limit of 100 cents, on a clock that moves with every decision. */
async function twoCells() {
  let now = Date.UTC(2026, 0, 1);
  const runtime = { now: () => now++, random: () => 0.5, sleep: () => Promise.resolve() };
  const [a, b] = [createMemoryStore(), createMemoryStore()];
  const cell = (store: typeof a, origin: string) =>
    createService({ aggregate: accountLimit, store, origin, assignment: '1.a', runtime });
  const [onA, onB] = [cell(a, 'a.1'), cell(b, 'b.1')];
  const send = (
    on: typeof onA,
    commandId: string,
    type: 'open' | 'raise' | 'spend' | 'release',
    cents: number,
  ) => on.execute({ stream: 's', account: 'account-7', commandId, command: { type, cents } });
  const exchange = async () => {
    for (const event of await a.read('s')) await ingest(b, event);
    for (const event of await b.read('s')) await ingest(a, event);
  };
  await send(onA, 'open', 'open', 100);
  await exchange();
  return { onA, onB, send, exchange };
}

describe("a team's own aggregate, as the README has it", () => {
  it('accepts, repeats and refuses like any other', () => {
    if (spent.kind !== 'appended') throw new Error(spent.kind);
    expect(spent.state).toEqual({ limit: 100_00, spent: 70_00 });
    expect(again).toEqual({ ...spent, kind: 'alreadyAppended' });
    expect(tooMuch).toMatchObject({
      kind: 'refused',
      code: 'limit_exceeded',
      detail: 'Only 3000 cents are left.',
    });
  });

  it('keeps each of its rules', async () => {
    const { onA, send } = await twoCells();
    const codeOf = async (...command: [string, 'open' | 'raise' | 'spend' | 'release', number]) => {
      const outcome = await send(onA, ...command);
      return outcome.kind === 'refused' ? outcome.code : outcome.kind;
    };
    expect(await codeOf('1', 'open', 1)).toBe('limit_exists');
    expect(await codeOf('2', 'release', 1)).toBe('release_exceeds_spent');
    expect(await codeOf('3', 'spend', 100)).toBe('appended');
    expect(await codeOf('4', 'spend', 1)).toBe('limit_exceeded');
    expect(await codeOf('5', 'release', 100)).toBe('appended');
    expect(await codeOf('6', 'raise', 50)).toBe('appended');
    expect(await codeOf('7', 'spend', 150)).toBe('appended');
    const unopened = { type: 'raised.v1' as const, data: { cents: 1 } };
    expect(accountLimit.evolve(undefined, unopened)).toMatchObject({ refusal: 'limit_not_found' });
    expect(accountLimit.events.understand({ type: 'spent.v1', data: { cents: -1 } })).toBeUndefined();
    expect(accountLimit.events.understand({ type: 'spent.v2', data: { cents: 1 } })).toBeUndefined();
  });

  it('has a conflict where two cells both spend what is left, the same on both', async () => {
    const { onA, onB, send, exchange } = await twoCells();
    expect(await send(onA, 'a', 'spend', 60)).toMatchObject({ kind: 'appended' });
    expect(await send(onB, 'b', 'spend', 60)).toMatchObject({ kind: 'appended' });
    await exchange();
    for (const cell of [onA, onB]) {
      const view = await cell.read('s');
      if (view.kind !== 'read') throw new Error(view.kind);
      expect(view.fold.state).toEqual({ limit: 100, spent: 60 });
      expect(view.fold.conflicts).toMatchObject([{ event: { commandid: 'b' }, code: 'limit_exceeded' }]);
    }
  });

  it('is the very file, in under 60 lines', async () => {
    const example = await readFile(new URL('./own-aggregate.example.ts', import.meta.url), 'utf8');
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
    expect(example.trimEnd().split('\n').length).toBeLessThan(60);
  });
});
