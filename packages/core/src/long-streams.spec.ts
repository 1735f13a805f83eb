import { describe, expect, it } from 'vitest';
import { account, capture, create, createCell, stream } from './log/histories.fixture.ts';
import { type EventStore, ingest } from './store/event-store.ts';
import { createMemoryStore } from './store/memory.ts';
import { withMemorySnapshots } from './store/memory-snapshots.ts';

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** A store whose next answers to the two ways of reading a long stream can be held back once they are read. */
function heldBack(inner: EventStore) {
  const { snapshots } = inner;
  if (snapshots === undefined) throw new Error('a store with snapshots');
  const held: Partial<Record<'recent' | 'beyond', Promise<void>>> = {};
  const holding = async <Answer>(which: keyof typeof held, answer: Promise<Answer>): Promise<Answer> => {
    const opened = held[which];
    delete held[which];
    const read = await answer;
    await opened;
    return read;
  };
  const store: EventStore = {
    ...inner,
    snapshots: {
      ...snapshots,
      readRecent: (...asked) => holding('recent', snapshots.readRecent(...asked)),
      readBeyond: (...asked) => holding('beyond', snapshots.readBeyond(...asked)),
    },
  };
  return { store, held };
}

describe('a long stream that several requests look at', () => {
  it.each([
    ['the command of the event that lies between', 'dup', 'alreadyAppended'],
    ['another command', 'new', 'refused'],
  ])(
    'is decided on as it was read, whatever was read earlier and is done later: %s',
    async (_, commandId, kind) => {
      const inner = withMemorySnapshots(createMemoryStore());
      const { store, held } = heldBack(inner);
      const before = createCell({ origin: 'aws.1', store, snapshotEvery: 2 });
      await before.service.execute({ stream, account, commandId: 'c', command: create(10) });
      for (let n = 0; n < 4; n++)
        await before.service.execute({ stream, commandId: `k${n}`, command: capture(1) });
      const azure = createCell({ origin: 'azure.1' });
      for (const event of await inner.read(stream)) await ingest(azure.store, event);
      azure.runtime.advance(1_000);

      // A process that has just started, and reads before what azure decides is here.
      const { service, runtime } = createCell({ origin: 'aws.1', store, snapshotEvery: 2 });
      runtime.advance(5_000);
      const [slowGate, lateGate] = [gate(), gate()];
      held.recent = slowGate.opened;
      const slow = service.execute({ stream, commandId: 'slow', command: capture(1) });
      await azure.service.execute({ stream, commandId: 'dup', command: capture(5) });
      for (const event of await azure.store.read(stream)) await ingest(inner, event);
      // By this the process has seen it.
      expect(await service.execute({ stream, command: { type: 'void' } })).toMatchObject({ kind: 'refused' });
      held.beyond = lateGate.opened;
      const late = service.execute({ stream, commandId, command: capture(5) });
      await new Promise((resolve) => setImmediate(resolve));
      slowGate.open();
      await slow;
      lateGate.open();
      expect(await late).toMatchObject({ kind });
    },
  );
});
