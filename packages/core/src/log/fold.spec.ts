import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FoldCache } from '../fold-cache.ts';
import { ingest } from '../store/event-store.ts';
import { transaction } from '../transaction/transaction.ts';
import { countEvents } from './counted.ts';
import { parseEvent } from './envelope.ts';
import { canonically, type DomainEvent, originOf, sequenceOf } from './event.ts';
import { extendFold, foldEvents } from './fold.ts';
import { play, type Script, scripts, stream, viewOf } from './histories.fixture.ts';
import { covers, parseVersion } from './version-vector.ts';

const fold = (events: readonly DomainEvent[]) => foldEvents(transaction, events);

/** A history that three cells made, and the dice that say which of its events arrived where, and in which order. */
const histories = fc.tuple(scripts, fc.infiniteStream(fc.nat({ max: 0xffff })));

function shuffled<Item>(items: readonly Item[], dice: Iterator<number>): Item[] {
  const keyed = items.map((item) => ({ item, key: Number(dice.next().value) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

async function holds(law: (events: readonly DomainEvent[], dice: Iterator<number>) => void, numRuns = 150) {
  const property = fc.asyncProperty(histories, async ([script, dice]: [Script, Iterator<number>]) => {
    const { events } = await play(script);
    law(events, dice);
  });
  await fc.assert(property, { numRuns });
}

describe('a fold', () => {
  it('depends only on the set of events, whatever their order and number of copies (R4)', () =>
    holds((events, dice) => {
      const some = events.filter(() => Number(dice.next().value) % 5 > 0);
      for (const held of [events, some]) {
        const expected = viewOf(fold(held));
        expect(viewOf(fold(shuffled(held, dice)))).toEqual(expected);
        expect(viewOf(fold(held.toReversed()))).toEqual(expected);
        const copies = held
          .filter(() => Number(dice.next().value) % 2 > 0)
          .map((event) => structuredClone(event));
        expect(viewOf(fold(shuffled([...held, ...copies], dice)))).toEqual(expected);
      }
    }));

  it('is the same made step by step as made at once, in any batches and any order of arrival (R4)', () =>
    holds((events, dice) => {
      const cache = new FoldCache(transaction, 2);
      const arriving = Number(dice.next().value) % 2 ? shuffled(events, dice) : events.toSorted(canonically);
      const held: DomainEvent[] = [];
      let batch: DomainEvent[] = [];
      for (const event of arriving) {
        batch.push(event);
        if (Number(dice.next().value) % 3 === 0) continue;
        held.push(...batch);
        batch = [];
        const read = Number(dice.next().value) % 2 ? held : shuffled(held, dice);
        expect(viewOf(cache.fold(stream, read))).toEqual(viewOf(fold(held)));
      }
    }));

  it('is extended by an event exactly to the fold with that event, or not at all', () =>
    holds((events, dice) => {
      const arriving = Number(dice.next().value) % 4 ? events.toSorted(canonically) : shuffled(events, dice);
      arriving.forEach((event, index) => {
        const before = arriving.slice(0, index);
        const extended = extendFold(transaction, fold(before), event);
        if (extended) expect(viewOf(extended)).toEqual(viewOf(fold([...before, event])));
      });
    }));

  it('keeps captured within the amount and refunded within captured, for any set of events', () =>
    holds((events, dice) => {
      for (let round = 0; round < 5; round++) {
        const some = events.filter(() => Number(dice.next().value) % 4 > 0);
        const { state } = fold(some);
        if (state === undefined) continue;
        expect(state.captured).toBeLessThanOrEqual(state.authorised);
        expect(state.refunded).toBeLessThanOrEqual(state.captured);
        if (state.status === 'voided') expect(state.captured).toBe(0n);
      }
    }));

  it('has for each command id one effect at most, and none but those (R8)', () =>
    holds((events) => {
      const { state, claims, conflicts } = fold(events);
      if (state === undefined) return;
      const lost = new Set(conflicts.map(({ event }) => event));
      const anonymous = events.filter(({ commandid }) => commandid === undefined);
      const named = [...claims.values()].filter(({ refused }) => !refused).map(({ event }) => event);
      const effects = [...anonymous, ...named].filter((event) => !lost.has(event));
      const sum = (type: string) =>
        effects
          .filter((event) => event.type.endsWith(type))
          .reduce((total, { data }) => total + BigInt(String(data.amount)), 0n);
      expect(state.captured).toBe(sum('.captured.v1'));
      expect(state.refunded).toBe(sum('.refunded.v1'));
      expect(state.authorised).toBe(sum('.created.v1'));
    }));

  it('names in each conflict an accepted event that its claim does not stand for, or a claim that lost', () =>
    holds((events) => {
      const { claims, conflicts } = fold(events);
      expect(new Set(conflicts.map(({ event }) => event.id)).size).toBe(conflicts.length);
      for (const { event, lostTo, code } of conflicts) {
        expect(event.type).not.toMatch(/refused/);
        const claim = event.commandid === undefined ? undefined : claims.get(event.commandid);
        if (claim && claim.event.id !== event.id) expect(lostTo).toBe(claim.event.id);
        else if (claim) expect(claim.conflict?.code).toBe(code);
        if (lostTo !== undefined) expect(events.map(({ id }) => id)).toContain(lostTo);
      }
    }));
});

describe('the events that count', () => {
  it('are closed: with an event counts all that it has seen, and all before it of its origin (R3)', () =>
    holds((events, dice) => {
      const some = events.filter(() => Number(dice.next().value) % 4 > 0);
      const { counted, version, pending } = countEvents(transaction, some);
      const places = new Set(counted.map(({ event }) => `${originOf(event)} ${sequenceOf(event)}`));
      for (const [origin, last] of version) {
        for (let sequence = 1; sequence <= last; sequence++)
          expect(places).toContain(`${origin} ${sequence}`);
      }
      const total = [...version.values()].reduce((sum, last) => sum + last, 0);
      expect(counted.length).toBe(total);
      for (const { event } of counted) expect(covers(version, parseVersion(event.seen))).toBe(true);
      expect(counted.length + pending.length).toBe(some.length);
    }));

  it('leave pending only what lacks something', () =>
    holds((events, dice) => {
      const some = events.filter(() => Number(dice.next().value) % 4 > 0);
      const { version, pending } = countEvents(transaction, some);
      for (const { event, reason } of pending) {
        const follows = sequenceOf(event) === (version.get(originOf(event)) ?? 0) + 1;
        expect(reason).toBe(follows ? 'unseen' : 'gap');
        if (follows) expect(covers(version, parseVersion(event.seen))).toBe(false);
      }
    }));

  it('never sort before one that they have seen (R2, R3)', () =>
    holds((events) => {
      for (const event of events) {
        const seen = parseVersion(event.seen);
        const before = events.filter((other) => sequenceOf(other) <= (seen.get(originOf(other)) ?? 0));
        for (const other of before) expect(canonically(other, event)).toBeLessThan(0);
      }
    }));

  it('are events that every other cell can read', () =>
    holds((events) => {
      for (const event of events) expect(parseEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
    }));
});

describe('cells that hold all events', () => {
  it('have equal folds with nothing pending, whichever way the events came (R4, R5)', async () => {
    const property = fc.asyncProperty(histories, async ([script, dice]) => {
      const { cells, events } = await play(script);
      const views: object[] = [];
      for (const { store, service } of cells) {
        for (const event of shuffled(events, dice)) {
          expect((await ingest(store, event)).kind).not.toBe('divergence');
          if (Number(dice.next().value) % 4 === 0) await service.read(stream);
        }
        const read = await service.read(stream);
        if (read.kind !== 'read') throw new Error(read.kind);
        expect(read.fold.pending).toEqual([]);
        views.push(viewOf(read.fold));
      }
      expect(views).toEqual(views.map(() => viewOf(fold(events))));
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('answer a command sent again to any of them from the one event that claims it', async () => {
    const property = fc.asyncProperty(histories, async ([script]) => {
      const { cells, events } = await play(script);
      const { claims } = fold(events);
      for (const { store, service } of cells) {
        for (const event of events) await ingest(store, event);
        for (const step of script) {
          if (step.kind !== 'command' || step.key === 0 || step.command.type === 'create') continue;
          const claim = claims.get(`key-${step.key}`);
          if (!claim) continue;
          const outcome = await service.execute({
            stream,
            command: step.command,
            commandId: `key-${step.key}`,
          });
          if (outcome.kind === 'alreadyAppended') expect(outcome.event).toEqual(claim.event);
          else expect(outcome).toMatchObject({ kind: 'refused' });
        }
        expect(await store.read(stream)).toHaveLength(events.length);
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

describe('the generated histories', () => {
  it('do hold what the laws are about: conflicts, duplicates, refusals, pending events and rival creates', async () => {
    const met = { conflict: 0, refused: 0, pending: 0, rivalCreate: 0, twin: 0 };
    for (const script of fc.sample(scripts, { numRuns: 200, seed: 7 })) {
      const { cells, events } = await play(script);
      const { conflicts, claims } = fold(events);
      if (conflicts.length > 0) met.conflict += 1;
      if ([...claims.values()].some(({ refused }) => refused)) met.refused += 1;
      if (events.filter(({ type }) => type.endsWith('created.v1')).length > 1) met.rivalCreate += 1;
      const ids = events.flatMap(({ commandid }) => commandid ?? []);
      if (new Set(ids).size < ids.length) met.twin += 1;
      for (const { store } of cells) if (fold(await store.read(stream)).pending.length > 0) met.pending += 1;
    }
    for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(10);
  });
});
