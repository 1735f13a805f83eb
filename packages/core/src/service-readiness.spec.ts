import { describe, expect, it, vi } from 'vitest';
import { lastEventTime } from './log/event-id.ts';
import {
  account,
  capture,
  create,
  createCell,
  epoch,
  handMade,
  stream,
  yen,
} from './log/histories.fixture.ts';
import { parseVersion } from './log/version-vector.ts';
import { createService } from './service.ts';
import { type EventStore, ingest } from './store/event-store.ts';
import { transaction } from './transaction/transaction.ts';

const opening = handMade(
  { origin: 'azure.1', sequence: 1, at: 0, seen: '' },
  { type: 'created.v1', data: { account_id: account, ...yen(10) }, key: 'create', command: create(10) },
);
const captured = (origin: string, sequence: number, seen: string, key: string) =>
  handMade(
    { origin, sequence, at: 10 * sequence, seen },
    { type: 'captured.v1', data: yen(1), key, command: capture(1) },
  );

describe('a request with a consistency token (R18)', () => {
  it('is answered at once where the cell has seen what the token has', async () => {
    const { service, store, runtime } = createCell();
    await ingest(store, opening);
    const read = await service.read(stream, parseVersion('azure.1=1'));
    expect(read.kind).toBe('read');
    expect(runtime.slept).toEqual([]);
  });

  it('waits for replication, looking less and less often, and then sees it', async () => {
    const { service, store, runtime } = createCell();
    await ingest(store, opening);
    const arrival = runtime.sleep(100).then(() => ingest(store, captured('azure.1', 2, 'azure.1=1', 'k')));
    const atLeast = parseVersion('azure.1=2');
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(2), atLeast });
    await arrival;
    expect(outcome).toMatchObject({ kind: 'appended', state: { captured: 3n } });
    expect(runtime.slept).toEqual([100, 10, 20, 40, 80]);
  });

  it('is behind once it has waited its time, 2 s unless told, and has written nothing', async () => {
    for (const waitForTokenMs of [undefined, 50, 0]) {
      const { service, store, runtime } = createCell(waitForTokenMs === undefined ? {} : { waitForTokenMs });
      await ingest(store, opening);
      const atLeast = parseVersion('azure.1=2');
      const version = parseVersion('azure.1=1');
      expect(await service.execute({ stream, commandId: 'key', command: capture(2), atLeast })).toEqual({
        kind: 'behind',
        version,
      });
      expect(runtime.slept.reduce((sum, ms) => sum + ms, 0)).toBe(waitForTokenMs ?? 2_000);
      expect(await service.read(stream, atLeast)).toEqual({ kind: 'behind', version });
      expect(await store.read(stream)).toHaveLength(1);
    }
  });

  it('is not helped by events that are held and do not count yet', async () => {
    const { service, store } = createCell();
    await ingest(store, opening);
    await ingest(store, captured('azure.1', 3, 'azure.1=2', 'k'));
    expect(await service.read(stream, parseVersion('azure.1=3'))).toMatchObject({ kind: 'behind' });
  });
});

describe('a token that has seen events of an incarnation that ended (R18)', () => {
  const inForce = () => ({ stamp: '2.aws', ended: new Set(['azure.1']) });
  const atLeast = parseVersion('azure.1=3');
  const lost = captured('azure.1', 2, 'azure.1=1', 'k');

  it('is capped at what every other cell could be asked for, and the answer says so', async () => {
    const { service, store, runtime } = createCell({
      assignment: inForce,
      recoverStream: async (asked) => {
        expect(asked).toBe(stream);
        await ingest(store, lost);
        return true;
      },
    });
    await ingest(store, opening);
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(2), atLeast });
    expect(outcome).toMatchObject({ kind: 'appended', state: { captured: 3n }, capped: ['azure.1'] });
    expect(await service.read(stream, atLeast)).toMatchObject({ kind: 'read', capped: ['azure.1'] });
    expect(runtime.slept).toEqual([]);
  });

  it('is not capped where all it has seen was found', async () => {
    const { service, store } = createCell({
      assignment: inForce,
      recoverStream: async () => (await ingest(store, lost)).kind === 'stored',
    });
    await ingest(store, opening);
    const outcome = await service.read(stream, parseVersion('azure.1=2'));
    expect(outcome).toMatchObject({ kind: 'read' });
    expect(outcome).not.toHaveProperty('capped');
  });

  it('is not capped, but behind, where a cell could not be asked', async () => {
    for (const recoverStream of [undefined, async () => false]) {
      const { service, store } = createCell({ assignment: inForce, ...(recoverStream && { recoverStream }) });
      await ingest(store, opening);
      const outcome = await service.execute({ stream, commandId: 'key', command: capture(2), atLeast });
      expect(outcome).toEqual({ kind: 'behind', version: parseVersion('azure.1=1') });
      expect(await store.read(stream)).toHaveLength(1);
    }
  });

  it('is not capped where what it has seen is held, and newer code is needed to understand it', async () => {
    const unknown = { ...lost, type: `${transaction.typePrefix}.captured.v9` };
    const { service, store } = createCell({ assignment: inForce, recoverStream: async () => true });
    for (const event of [opening, unknown]) await ingest(store, event);
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(2), atLeast });
    expect(outcome).toMatchObject({ kind: 'pending', pending: [{ reason: 'not_understood' }] });
    expect(await service.read(stream, atLeast)).toMatchObject({ kind: 'pending' });
  });

  it('waits all the same for what it has seen of an origin that goes on', async () => {
    const recoverStream = vi.fn(async () => true);
    const { service, store, runtime } = createCell({ assignment: inForce, recoverStream });
    await ingest(store, opening);
    const both = parseVersion('azure.1=3,azure.2=1');
    expect(await service.read(stream, both)).toMatchObject({ kind: 'behind' });
    expect(recoverStream).not.toHaveBeenCalled();
    const arrival = runtime
      .sleep(30)
      .then(() => ingest(store, captured('azure.2', 1, 'azure.1=1', 'after the restore')));
    expect(await service.read(stream, both)).toMatchObject({ kind: 'read', capped: ['azure.1'] });
    await arrival;
  });
});

describe('an event decided under a newer assignment than the cell knows (R14)', () => {
  const newer = { ...captured('azure.1', 2, 'azure.1=1', 'k'), assignment: '2.azure' };

  it('keeps it from deciding, and has it ask for that assignment', async () => {
    let stamp = '1.aws';
    const onOutdated = vi.fn();
    const assignment = () => ({ stamp, ended: new Set<string>() });
    const { service, store } = createCell({ assignment, onOutdated });
    for (const event of [opening, newer]) await ingest(store, event);
    const request = { stream, commandId: 'key', command: capture(2) };
    const version = parseVersion('azure.1=2');
    expect(await service.execute(request)).toEqual({ kind: 'outdated', assignment: '2.azure', version });
    expect(onOutdated).toHaveBeenCalledExactlyOnceWith('2.azure');
    expect(await store.read(stream)).toHaveLength(2);

    stamp = '2.azure';
    expect(await service.execute(request)).toMatchObject({
      kind: 'appended',
      event: { assignment: '2.azure' },
    });
  });

  it('does not keep it from telling what was decided', async () => {
    const { service, store } = createCell();
    for (const event of [opening, newer]) await ingest(store, event);
    const again = { stream, commandId: 'k', command: capture(1) };
    expect(await service.execute(again)).toMatchObject({ kind: 'alreadyAppended', event: newer });
    expect(await service.read(stream)).toMatchObject({ kind: 'read', fold: { newestStamp: '2.azure' } });
  });

  it('is one as any other once the cell knows a newer one still', async () => {
    for (const stamp of ['2.azure', '2.zone', '3.aws', '10.aws.home-cell']) {
      const { service, store } = createCell({ assignment: stamp });
      for (const event of [opening, newer]) await ingest(store, event);
      const outcome = await service.execute({ stream, commandId: 'key', command: capture(2) });
      expect(outcome).toMatchObject({ kind: 'appended', event: { assignment: stamp } });
    }
  });
});

describe('a decision in the place of a cell that was taken over and not drained (R15)', () => {
  const assignment = () => ({ stamp: '2.aws.home-cell', ended: new Set<string>(), contested: () => 'azure' });

  it('is marked with the name of that cell, refusals too', async () => {
    const { service, store } = createCell({ assignment });
    await ingest(store, opening);
    await service.execute({ stream, commandId: 'key', command: capture(2) });
    await service.execute({ stream, commandId: 'other', command: capture(20) });
    const events = await store.read(stream);
    expect(events.map(({ type, contested }) => [type.split('.').at(-2), contested])).toEqual([
      ['captured', 'azure'],
      ['refused', 'azure'],
      ['created', undefined],
    ]);
  });

  it('is none of a create, which every cell accepts', async () => {
    const { service, store } = createCell({ assignment });
    await service.execute({ stream, account, commandId: 'create', command: create(10) });
    expect((await store.read(stream))[0]).not.toHaveProperty('contested');
  });
});

describe('events that do not count yet', () => {
  it('of the cell itself keep it from deciding, until they are repaired (R3)', async () => {
    const onPending = vi.fn();
    const { service, store } = createCell({ onPending });
    await ingest(store, opening);
    const own = captured('aws.1', 2, 'aws.1=1,azure.1=1', 'mine');
    await ingest(store, own);
    const request = { stream, commandId: 'key', command: capture(2) };
    const pending = [{ event: own, reason: 'gap' }];
    const outcome = await service.execute(request);
    expect(outcome).toEqual({ kind: 'pending', pending, version: parseVersion('azure.1=1') });
    expect(onPending).toHaveBeenCalledExactlyOnceWith(stream, pending);
    expect(await store.read(stream)).toHaveLength(2);

    await ingest(store, captured('aws.1', 1, 'azure.1=1', 'first'));
    expect(await service.execute(request)).toMatchObject({ kind: 'appended', state: { captured: 4n } });
    expect(onPending).toHaveBeenCalledOnce();
  });

  it('of another cell do not keep it from deciding', async () => {
    const { service, store } = createCell();
    await ingest(store, opening);
    await ingest(store, captured('azure.1', 3, 'azure.1=2', 'later'));
    expect(await service.execute({ stream, commandId: 'key', command: capture(2) })).toMatchObject({
      kind: 'appended',
      event: { seen: 'azure.1=1' },
    });
  });

  it('and carry a command that is sent again keep it from being decided again (R8)', async () => {
    const { service, store } = createCell();
    await ingest(store, opening);
    const held = captured('azure.1', 3, 'azure.1=2', 'key');
    await ingest(store, held);
    const request = { stream, commandId: 'key', command: capture(1) };
    expect(await service.execute(request)).toMatchObject({ kind: 'pending', pending: [{ event: held }] });
    expect(await store.read(stream)).toHaveLength(2);

    await ingest(store, captured('azure.1', 2, 'azure.1=1', 'before'));
    expect(await service.execute(request)).toMatchObject({
      kind: 'alreadyAppended',
      event: held,
      state: { captured: 2n },
    });
  });

  it('leave an answer that does not depend on them', async () => {
    const { service, store } = createCell();
    await ingest(store, opening);
    await ingest(store, captured('aws.1', 2, 'aws.1=1,azure.1=1', 'mine'));
    const again = await service.execute({ stream, account, commandId: 'create', command: create(10) });
    expect(again).toMatchObject({ kind: 'alreadyAppended', event: opening });
  });

  it('make a stream pending and not unknown, where the event that opens it has not come', async () => {
    const { service, store } = createCell();
    await ingest(store, captured('azure.1', 2, 'azure.1=1', 'k'));
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(1) });
    expect(outcome).toMatchObject({ kind: 'pending', pending: [{ reason: 'gap' }] });
    expect(await store.read(stream)).toHaveLength(1);
  });
});

describe('an event that this code does not understand', () => {
  const unknown = (sequence: number, seen: string) => ({
    ...captured('azure.1', sequence, seen, 'new'),
    type: 'io.twinlog.transaction.captured.v2',
  });

  it('keeps commands on its stream from being decided, wherever it stands in the log', async () => {
    for (const event of [
      unknown(2, 'azure.1=1'),
      unknown(3, 'azure.1=2'),
      unknown(2, 'azure.1=1,other.1=1'),
    ]) {
      const { service, store } = createCell();
      await ingest(store, opening);
      await ingest(store, event);
      const outcome = await service.execute({ stream, commandId: 'key', command: capture(1) });
      expect(outcome).toMatchObject({ kind: 'pending', pending: [{ event }] });
      expect(await store.read(stream)).toHaveLength(2);
    }
  });

  it('counts, and commands are decided, once the code understands it', async () => {
    const { store, runtime } = createCell();
    await ingest(store, opening);
    await ingest(store, unknown(2, 'azure.1=1'));
    const newer = createService({
      aggregate: {
        ...transaction,
        events: {
          ...transaction.events,
          understand: ({ type, data }) =>
            transaction.events.understand({ type: type.replace('.v2', '.v1'), data }),
        },
      },
      store,
      runtime,
      origin: 'aws.1',
      assignment: '1.aws',
    });
    expect(await newer.execute({ stream, commandId: 'key', command: capture(2) })).toMatchObject({
      kind: 'appended',
      state: { captured: 3n },
    });
  });
});

describe("a clock too far from the database's (R6)", () => {
  it.each([
    [10_000, 'appended'],
    [-10_000, 'appended'],
    [undefined, 'appended'],
    [10_001, 'clockSkew'],
    [-10_001, 'clockSkew'],
  ])('of %s ms ends in %s', async (skewMs, kind) => {
    const { store } = createCell();
    await ingest(store, opening);
    const { service } = createCell({ store: { ...store, clockSkew: () => skewMs } });
    const outcome = await service.execute({ stream, commandId: 'key', command: capture(1) });
    expect(outcome).toMatchObject(kind === 'clockSkew' ? { kind, skewMs } : { kind });
    expect(await store.read(stream)).toHaveLength(kind === 'appended' ? 2 : 1);
  });

  it('is looked for before the first decision of a process, be it a create that needs no read', async () => {
    const { store } = createCell();
    let skew: number | undefined;
    let reads = 0;
    const answering: EventStore = {
      ...store,
      read: (id) => {
        skew = 3_600_000;
        reads += 1;
        return store.read(id);
      },
      clockSkew: () => skew,
    };
    const { service } = createCell({ store: answering });
    const opens = { stream, account, command: create(10) };
    expect(await service.execute(opens)).toEqual({ kind: 'clockSkew', skewMs: 3_600_000 });
    expect(await store.read(stream)).toEqual([]);
    skew = 0;
    expect(await service.execute(opens)).toMatchObject({ kind: 'appended' });
    expect(reads).toBe(1);
  });

  it('may have made an event of the last moment there is: nothing can be decided after that, and it is read all the same', async () => {
    const { service, store } = createCell();
    const at = lastEventTime - epoch;
    const last = handMade(
      { origin: 'azure.1', sequence: 1, at, seen: '' },
      { type: 'created.v1', data: { account_id: account, ...yen(10) }, key: 'create', command: create(10) },
    );
    await ingest(store, last);
    expect(await service.execute({ stream, commandId: 'key', command: capture(1) })).toMatchObject({
      kind: 'clockSkew',
    });
    expect(await store.read(stream)).toEqual([last]);
    expect((await service.read(stream)).kind).toBe('read');
  });

  it('has its bound configured, and still answers what is decided already', async () => {
    const { store } = createCell();
    await ingest(store, opening);
    const { service } = createCell({ store: { ...store, clockSkew: () => 6 }, maxClockSkewMs: 5 });
    expect(await service.execute({ stream, command: capture(1) })).toEqual({ kind: 'clockSkew', skewMs: 6 });
    expect(
      await service.execute({ stream, account, commandId: 'create', command: create(10) }),
    ).toMatchObject({
      kind: 'alreadyAppended',
    });
    expect((await service.read(stream)).kind).toBe('read');
  });
});
