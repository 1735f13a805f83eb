import { expect, test, vi } from 'vitest';
import { accountOf, opensStream } from '../../log/event.ts';
import type { Page } from '../../store/event-store.ts';
import { sampleEvent, uniqueName } from '../sample-event.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { type After, allPages, inBatches, indexLag, inPages } from './pages.ts';

export function listing(underTest: () => StoreUnderTest): void {
  const store = () => underTest().store;

  test('an account that nobody opened a stream for has none', async () => {
    expect(await store().list({ account: uniqueName('account'), limit: 10 })).toEqual({ items: [] });
  });

  test("an account's streams are listed in order of id, each once, in pages of exactly the limit", async () => {
    const account = uniqueName('account');
    const streams = Array.from({ length: 7 }, (_, index) => `${account}-${index}`);
    // Opened in two cells, as a create retried on the other cloud is; and with a later event.
    const events = streams
      .toReversed()
      .flatMap((stream) => [
        sampleEvent({ stream, account, origin: 'aws-us-east-1.1' }),
        sampleEvent({ stream, account, origin: 'azure-eastus.1' }),
        sampleEvent({ stream, account, sequence: 2, seen: 'aws-us-east-1.1=1' }),
      ]);
    await inBatches(events, (event) => store().insert(event));
    for (const limit of [1, 2, 3, 6, 7, 8, 1_000]) {
      await vi.waitFor(async () => {
        const pages = await allPages((after) => store().list({ account, limit, ...after }));
        expect(pages).toEqual(inPages(streams, limit));
      }, indexLag);
    }
  });

  test('a stream is listed by its opening alone, whichever event of it comes first', async () => {
    const account = uniqueName('account');
    const later = sampleEvent({ stream: account, account, sequence: 2, seen: 'aws-us-east-1.1=1' });
    await store().insert(later);
    expect(await store().list({ account, limit: 10 })).toEqual({ items: [] });
    const opening = sampleEvent({ stream: account, account });
    expect([opensStream(opening), accountOf(opening)]).toEqual([true, account]);
    await store().insert(opening);
    await vi.waitFor(
      async () => expect(await store().list({ account, limit: 10 })).toEqual({ items: [account] }),
      indexLag,
    );
  });

  test('while streams are opened all over the account, pages skip and repeat none that was there before', async () => {
    const account = uniqueName('account');
    const streamOf = (at: number) => `${account}-${String(at).padStart(4, '0')}`;
    const open = (at: number) => store().insert(sampleEvent({ stream: streamOf(at), account }));
    const before = Array.from({ length: 30 }, (_, index) => index * 10);
    await inBatches(before, open);
    await vi.waitFor(async () => {
      expect((await store().list({ account, limit: 1_000 })).items).toHaveLength(before.length);
    }, indexLag);
    const meanwhile: number[] = [];
    const listed: string[] = [];
    for (let after: After | undefined = {}; after !== undefined; ) {
      const opening = [1, 97, 151, 203, 289].map((at) => at + meanwhile.length / 5);
      meanwhile.push(...opening);
      const listing: Promise<Page<string>> = store().list({ account, limit: 4, ...after });
      const [page] = await Promise.all([listing, ...opening.map(open)]);
      listed.push(...page.items);
      after = page.next === undefined ? undefined : { after: page.next };
    }
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed).toEqual(expect.arrayContaining(before.map(streamOf)));
    const opened = new Set([...before, ...meanwhile].map(streamOf));
    expect(listed.filter((stream) => !opened.has(stream))).toEqual([]);
  });

  test('a cursor is opaque, serves its own account alone, and is refused once altered', async () => {
    const account = uniqueName('account');
    const streams = Array.from({ length: 3 }, (_, index) => `${account}-${index}`);
    await inBatches(streams, (stream) => store().insert(sampleEvent({ stream, account })));
    const next = await vi.waitFor(async () => {
      const page = await store().list({ account, limit: 2 });
      expect(page).toEqual({ items: streams.slice(0, 2), next: expect.any(String) });
      return page.next ?? '';
    }, indexLag);
    expect(next).not.toContain(account);
    expect(await store().list({ account, limit: 2, after: next })).toEqual({ items: streams.slice(2) });
    // A longer page, and another instance, go on from the same cursor.
    const { store: one, another = one } = underTest();
    expect(await another.list({ account, limit: 500, after: next })).toEqual({ items: streams.slice(2) });
    await expectRefused(next, (after) => store().list({ account, limit: 2, after }));
    const elsewhere = store().list({ account: `${account}x`, limit: 2, after: next });
    await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  test.each([0, -1, 1.5, 1_001, Number.NaN])('a page of %d entries is refused', async (limit) => {
    const invalid = { code: 'invalid_limit' };
    await expect(store().list({ account: 'a', limit })).rejects.toMatchObject(invalid);
    const scan = { origin: 'a-1.1', from: 0, to: 1, limit };
    await expect(store().scan(scan)).rejects.toMatchObject(invalid);
  });
}

/** A cursor altered in any way is refused as such: never an error of the database, never another page. */
export async function expectRefused(next: string, page: (after: string) => Promise<unknown>): Promise<void> {
  const altered = [0, 1, 20, next.length - 1].map((at) => {
    return next.slice(0, at) + (next[at] === 'A' ? 'B' : 'A') + next.slice(at + 1);
  });
  for (const after of [...altered, next.slice(1), next.slice(0, -1), `${next}A`, `${next}=`, '', 'x']) {
    await expect(page(after), after).rejects.toMatchObject({ code: 'invalid_cursor' });
  }
}
