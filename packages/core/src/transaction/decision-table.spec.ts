import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../aggregate.ts';
import type { Fold } from '../log/folded.ts';
import type { Decider } from '../outcome.ts';
import { createService } from '../service.ts';
import { type EventStore, ingest } from '../store/event-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import {
  allCases,
  type Case,
  expectedOf,
  type Given,
  givens,
  type Letter,
  neverAccepted,
  type Step,
} from './decision-table.fixture.ts';
import { renderDecisionData, renderDecisionTable } from './decision-table-document.fixture.ts';
import { type Transaction, type TransactionCommand, transaction } from './transaction.ts';

const expires_at = '2026-02-01T00:00:00.000Z';
const stream = 'txn_1';

const commands: Readonly<Record<Letter, TransactionCommand>> = {
  C1: { type: 'capture', amount: '1', currency: 'JPY' },
  C2: { type: 'capture', amount: '2', currency: 'JPY' },
  R1: { type: 'refund', amount: '1', currency: 'JPY' },
  R2: { type: 'refund', amount: '2', currency: 'JPY' },
  V: { type: 'void' },
  D: { type: 'decline' },
  X: { type: 'expire', at: '2026-02-02T00:00:00.000Z' },
  E: { type: 'expire', at: '2026-01-31T00:00:00.000Z' },
  F: { type: 'capture', amount: '1.00', currency: 'USD' },
};

/** What a lost command calls for, in yen; a refund that lost is collected again. */
const due: Readonly<Partial<Record<Letter, object>>> = {
  C1: { kind: 'refund', amount: '1', currency: 'JPY' },
  C2: { kind: 'refund', amount: '2', currency: 'JPY' },
  R1: { kind: 'collect', amount: '1', currency: 'JPY' },
  R2: { kind: 'collect', amount: '2', currency: 'JPY' },
};

const states: ReadonlyMap<string, Pick<Transaction, 'status' | 'captured' | 'refunded'>> = new Map([
  ['open', { status: 'created', captured: 0n, refunded: 0n }],
  ['open, no expiry', { status: 'created', captured: 0n, refunded: 0n }],
  ['half captured', { status: 'captured', captured: 1n, refunded: 0n }],
  ['captured', { status: 'captured', captured: 2n, refunded: 0n }],
  ['captured, 1 refunded', { status: 'captured', captured: 2n, refunded: 1n }],
  ['voided', { status: 'voided', captured: 0n, refunded: 0n }],
  ['declined', { status: 'declined', captured: 0n, refunded: 0n }],
  ['expired', { status: 'expired', captured: 0n, refunded: 0n }],
]);

/** Two cells with one clock that is set by hand, so that events sort as they are asked for. */
function twoCells(): {
  readonly stores: Record<Step['cell'], EventStore>;
  readonly cells: Record<Step['cell'], Decider<Transaction, TransactionCommand>>;
  readonly tick: () => void;
} {
  let now = Date.UTC(2026, 2, 1);
  let drawn = 0;
  const stores = { A: createMemoryStore(), B: createMemoryStore() };
  const cell = (store: EventStore, origin: string) =>
    createService({
      aggregate: transaction,
      store,
      origin,
      assignment: '1.a',
      runtime: {
        now: () => now,
        random: () => (drawn++ % 1_000) / 1_000,
        sleep: () => Promise.resolve(),
      },
    });
  const cells = { A: cell(stores.A, 'a.1'), B: cell(stores.B, 'b.1') };
  return { stores, cells, tick: () => (now += 1_000) };
}

async function exchange(from: EventStore, to: EventStore): Promise<void> {
  for (const event of await from.read(stream)) await ingest(to, event);
}

const start: Readonly<Record<Given, readonly TransactionCommand[]>> = {
  open: [{ type: 'create', account_id: 'a', amount: '2', currency: 'JPY', expires_at }],
  'open, no expiry': [{ type: 'create', account_id: 'a', amount: '2', currency: 'JPY' }],
  'half captured': [
    { type: 'create', account_id: 'a', amount: '2', currency: 'JPY', expires_at },
    commands.C1,
  ],
};

interface Played {
  /** By step, as in the table. */
  readonly outcomes: readonly string[];
  readonly fold: Fold<Transaction>;
  readonly compensations: readonly (object | undefined)[];
}

/** Plays a case on two cells and lets them hear of each other only then. Both must come to the same. */
async function play({ given, steps }: Case): Promise<Played> {
  const { stores, cells, tick } = twoCells();
  for (const [at, command] of start[given].entries()) {
    await cells.A.execute({ stream, account: 'a', commandId: `start-${at}`, command });
    tick();
  }
  await exchange(stores.A, stores.B);

  const decided: string[] = [];
  for (const [at, { letter, cell }] of steps.entries()) {
    tick();
    const outcome = await cells[cell].execute({ stream, commandId: String(at), command: commands[letter] });
    if (outcome.kind !== 'appended' && outcome.kind !== 'refused') throw new Error(outcome.kind);
    decided.push(outcome.kind === 'refused' ? `-${outcome.code}` : '+');
  }
  await exchange(stores.A, stores.B);
  await exchange(stores.B, stores.A);

  const [a, b] = [await cells.A.read(stream), await cells.B.read(stream)];
  if (a.kind !== 'read' || b.kind !== 'read') throw new Error('A cell could not tell.');
  const { fold } = a;
  expect(b.fold.state).toEqual(fold.state);
  expect(b.fold.conflicts).toEqual(fold.conflicts);
  const lost = steps.map((_, at) => fold.conflicts.find(({ event }) => event.commandid === String(at)));
  return {
    outcomes: decided.map((outcome, at) => {
      const conflict = lost[at];
      return conflict === undefined ? outcome : `!${conflict.code}`;
    }),
    fold,
    compensations: lost.map((conflict) => conflict?.compensation),
  };
}

const seen = new Set<string>();

async function hold(one: Case): Promise<void> {
  const expected = expectedOf(one);
  const played = await play(one);
  for (const outcome of played.outcomes) seen.add(outcome);
  const of = `${one.given}: ${one.steps.map(({ letter, cell }) => `${letter}@${cell}`).join(' ')}`;
  expect({ of, outcomes: played.outcomes }).toEqual({ of, outcomes: expected.outcomes });
  if (expected.state === 'refunded') expect(played.fold.state?.status).toBe('refunded');
  else expect(played.fold.state).toMatchObject(states.get(expected.state) ?? { status: 'in the table' });
  expect(played.compensations).toEqual(
    expected.outcomes.map((outcome, at) => {
      const letter = one.steps[at]?.letter;
      return outcome.startsWith('!') && letter ? due[letter] : undefined;
    }),
  );
}

describe('two cells that decide without having heard of each other', () => {
  it.each(givens)('come with any two commands to what the decision table says: %s', async (given) => {
    const cases = allCases(given, 2);
    for (const one of cases) await hold(one);
    expect(cases.length).toBe(9 ** 2 * 2);
  });

  it.each(givens)('come with any three commands to what the decision table says: %s', async (given) => {
    const cases = allCases(given, 3);
    for (const one of cases) await hold(one);
    expect(cases.length).toBe(9 ** 3 * 4);
  });

  it('come to the same whichever of them has the first command', async () => {
    const other = { A: 'B', B: 'A' } as const;
    for (const { given, steps } of allCases('half captured', 2)) {
      const swapped = steps.map(({ letter, cell }) => ({ letter, cell: other[cell] }));
      const [played, mirrored] = [await play({ given, steps }), await play({ given, steps: swapped })];
      expect(mirrored.outcomes).toEqual(played.outcomes);
      expect(mirrored.fold.state).toEqual(played.fold.state);
    }
  });
});

describe('the decision table', () => {
  it('reaches every refusal that the aggregate has, but those of a second and of a missing create', async () => {
    const source = await readFile(new URL('./transaction.ts', import.meta.url), 'utf8');
    const named = [...source.matchAll(/refuse\(\s*'([a-z_]+)'/g)].map(([, code]) => code ?? '');
    const final = ['voided', 'declined', 'expired', 'refunded'].map((status) => `transaction_${status}`);
    expect([...source.matchAll(/refuse\(\s*`([^`]+)`/g)].map(([, code]) => code)).toEqual([
      `transaction_\${status}`,
    ]);
    const opening = ['transaction_exists', 'transaction_not_found'];
    for (const one of givens.flatMap((given) => allCases(given, 2))) await hold(one);
    const refused = new Set(
      [...seen].filter((outcome) => outcome.startsWith('-')).map((code) => code.slice(1)),
    );
    expect([...refused, ...opening].sort()).toEqual([...new Set([...named, ...final])].sort());

    const { state } = (await play({ given: 'open', steps: [] })).fold;
    const early = transaction.decide(commands.V, undefined);
    if (isRefusal(early) || !start.open[0]) throw new Error('decide refuses nothing');
    const again = transaction.decide(start.open[0], state);
    if (isRefusal(again)) throw new Error('decide refuses nothing');
    expect(transaction.evolve(undefined, early)).toMatchObject({ refusal: 'transaction_not_found' });
    expect(transaction.evolve(state, again)).toMatchObject({ refusal: 'transaction_exists' });
  });

  it('has a conflict by every rule that two cells can break together', () => {
    const rules = givens.flatMap((given) => allCases(given, 3)).flatMap((one) => expectedOf(one).outcomes);
    expect([...new Set(rules.filter((outcome) => outcome.startsWith('!')))].sort()).toEqual([
      '!capture_exceeds_amount',
      '!refund_exceeds_captured',
      '!transaction_captured',
      '!transaction_declined',
      '!transaction_expired',
      '!transaction_refunded',
      '!transaction_voided',
    ]);
  });

  it('may leave out of its list what is never accepted, for the others come to the same without it', () => {
    const dropped = (given: Given): readonly Letter[] =>
      given === 'open, no expiry' ? [...neverAccepted, 'X'] : neverAccepted;
    for (const one of givens.flatMap((given) => allCases(given, 3))) {
      const isKept = one.steps.map(({ letter }) => !dropped(one.given).includes(letter));
      const { outcomes, state } = expectedOf(one);
      const without = expectedOf({ ...one, steps: one.steps.filter((_, at) => isKept[at]) });
      expect(without).toEqual({ outcomes: outcomes.filter((_, at) => isKept[at]), state });
      expect(outcomes.every((outcome, at) => isKept[at] || outcome.startsWith('-'))).toBe(true);
    }
  });

  it('is what the documentation shows, word for word', async () => {
    const docs = new URL('../../../../docs/', import.meta.url);
    expect(await readFile(new URL('decision-table.md', docs), 'utf8')).toBe(renderDecisionTable());
    expect(await readFile(new URL('decision-table.csv', docs), 'utf8')).toBe(renderDecisionData());
  });
});
