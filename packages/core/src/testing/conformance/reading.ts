import { expect, test, vi } from 'vitest';
import { type DomainEvent, originOf, sameEvent } from '../../log/event.ts';
import { firstEventIdAt } from '../../log/event-id.ts';
import { sampleEvent, uniqueName } from '../sample-event.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { inBatches, indexLag, shuffled } from './pages.ts';

const separators = [
  'a#b',
  'a:b',
  'a/b',
  'a\\b',
  'a?b',
  'a%23b',
  'a b',
  'a|b',
  'a,b',
  'a=b',
  'a#',
  '#a',
  '..',
  '%',
];
const scripts = [
  'é',
  'e\u0301',
  'ß',
  'ss',
  'İ',
  'A',
  'a',
  ' a',
  'ａ',
  '𝄞',
  '\u{10ffff}',
  '\u200da',
  'אב',
  '"',
  "'",
  '`',
];
const names = ['__proto__', 'constructor', 'null', '0', '-1', '1e3', '$ref', '{"a":1}'];

export function reading(underTest: () => StoreUnderTest): void {
  const store = () => underTest().store;

  test('a stream that nobody wrote is empty', async () => {
    expect(await store().read(uniqueName('stream'))).toEqual([]);
  });

  test('a read sees every write acknowledged before it, by whichever instance', async () => {
    const stream = uniqueName('stream');
    const { store: one, another = one } = underTest();
    for (let sequence = 1; sequence <= 30; sequence++) {
      await one.insert(sampleEvent({ stream, sequence, seen: 'a.1=1' }));
      expect(await another.read(stream)).toHaveLength(sequence);
    }
  });

  test.each([1, 100, 10_000])(
    'a stream of %i events is read whole, each once, those of an origin in order',
    async (count) => {
      const { load = (events) => inBatches(events, store().insert) } = underTest();
      const stream = uniqueName('stream');
      const origins = ['a-1.1', 'b-1.1', 'b-1.2'];
      const events = Array.from({ length: count }, (_, index) =>
        sampleEvent({
          stream,
          origin: origins[index % 3] ?? '',
          sequence: Math.floor(index / 3) + 1,
          seen: 'a-1.1=1',
          at: firstEventIdAt(1_772_000_000_000 + index),
        }),
      );
      await load(shuffled(events));
      const held = await store().read(stream);
      for (const origin of origins) {
        const isTheirs = (event: DomainEvent) => originOf(event) === origin;
        const expected = events.filter(isTheirs);
        const differing = held
          .filter(isTheirs)
          .filter((event, at) => expected[at] === undefined || !sameEvent(event, expected[at]));
        expect(differing).toEqual([]);
      }
      expect(held).toHaveLength(count);
    },
  );

  test('a stream of more than a megabyte in few events is read whole', async () => {
    const stream = uniqueName('stream');
    const data = { note: 'é'.repeat(25_000) };
    const events = Array.from({ length: 30 }, (_, index) =>
      sampleEvent({ stream, sequence: index + 1, seen: 'a-1.1=1', data }),
    );
    await inBatches(shuffled(events), store().insert);
    expect(await store().read(stream)).toEqual(events);
  });

  test('streams and accounts with unusual ids are kept apart', async () => {
    const tail = uniqueName('');
    const short = [...separators, ...scripts, ...names].map((name) => name + tail);
    const room = 128 - tail.length;
    const long = ['x', 'é', '中', '𝄞'].map(
      (letter) => letter.repeat(Math.floor(room / letter.length)).padEnd(room, 'x') + tail,
    );
    const ids = [...short, ...long];
    expect(long.map((id) => id.length)).toEqual([128, 128, 128, 128]);
    const events = ids.map((id) => sampleEvent({ stream: id, account: id }));
    await inBatches(events, (event) => store().insert(event));
    await inBatches([...ids.keys()], async (index) => {
      const id = ids[index] ?? '';
      expect(await store().read(id)).toEqual([events[index]]);
      await vi.waitFor(
        async () => expect(await store().list({ account: id, limit: 10 })).toEqual({ items: [id] }),
        indexLag,
      );
    });
    expect(await store().read(tail)).toEqual([]);
  });
}
