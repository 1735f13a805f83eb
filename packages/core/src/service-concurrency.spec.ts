import { describe, expect, it } from 'vitest';
import { sequenceOf } from './log/event.ts';
import {
  type Cell,
  capture,
  createCell,
  createVirtualRuntime,
  opens,
  stream,
} from './log/histories.fixture.ts';
import { covers } from './log/version-vector.ts';
import type { CommandRequest } from './outcome.ts';
import type { EventStore } from './store/event-store.ts';
import { createMemoryStore } from './store/memory.ts';
import type { TransactionCommand } from './transaction/transaction.ts';

/** Sends a command until it is decided, as a client does that is told of a conflict. */
async function insist({ service }: Cell, request: CommandRequest<TransactionCommand>) {
  for (;;) {
    const outcome = await service.execute(request);
    if (outcome.kind !== 'busy') return outcome;
  }
}

function createPair(): readonly [Cell, Cell] {
  const store = createMemoryStore();
  const runtime = createVirtualRuntime(3);
  const one = createCell({ store, runtime });
  return [one, createCell({ store, runtime: { ...runtime, random: createVirtualRuntime(4).random } })];
}

async function expectWholeLog(store: EventStore, events: number) {
  const sequences = (await store.read(stream)).map(sequenceOf).sort((a, b) => a - b);
  expect(sequences).toEqual(Array.from({ length: events }, (_, index) => index + 1));
}

describe.each([
  ['one service', 1],
  ['two services on one store', 2],
])('twenty commands at once through %s', (_, services) => {
  const commands = Array.from({ length: 20 }, (__, index) => index);

  it('end in one event for each that was accepted, in sequence and without gaps', async () => {
    const pair = createPair();
    await pair[0].service.execute(opens);
    const outcomes = await Promise.all(
      commands.map((index) =>
        insist(pair[index % services] ?? pair[0], {
          stream,
          commandId: `key-${index}`,
          command: capture(10),
        }),
      ),
    );
    const kinds = outcomes.map(({ kind }) => kind).sort();
    expect(kinds).toEqual([...Array(10).fill('appended'), ...Array(10).fill('refused')]);
    await expectWholeLog(pair[0].store, 21);
    const held = await pair[0].store.read(stream);
    for (const outcome of outcomes) {
      if (outcome.kind !== 'appended') continue;
      expect(held.filter(({ commandid }) => commandid === outcome.event.commandid)).toEqual([outcome.event]);
    }
    for (const { service } of pair) {
      expect(await service.read(stream)).toMatchObject({
        fold: { state: { captured: 100n }, conflicts: [] },
      });
    }
  });

  it('that are one command end in one event: one is appended, the others are told that it was', async () => {
    const pair = createPair();
    await pair[0].service.execute(opens);
    const request = { stream, commandId: 'key', command: capture(10) };
    const outcomes = await Promise.all(
      commands.map((index) => insist(pair[index % services] ?? pair[0], request)),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array(19).fill('alreadyAppended'),
      'appended',
    ]);
    await expectWholeLog(pair[0].store, 2);
    for (const outcome of outcomes) {
      if (!('event' in outcome)) throw new Error(outcome.kind);
      expect(outcome.event.id).toBe((await pair[0].store.read(stream))[1]?.id);
      expect(outcome.state.captured).toBe(10n);
      expect(covers(outcome.version, new Map([['aws.1', 2]]))).toBe(true);
    }
  });

  it('that open one stream open it once', async () => {
    const pair = createPair();
    const outcomes = await Promise.all(
      commands.map((index) => insist(pair[index % services] ?? pair[0], opens)),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array(19).fill('alreadyAppended'),
      'appended',
    ]);
    await expectWholeLog(pair[0].store, 1);
  });
});
