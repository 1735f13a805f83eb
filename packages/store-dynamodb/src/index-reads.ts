import { type EventKey, type EventStore, firstEventIdAt, type Page, type Paging } from '@twinlog/core';
import { bucketsOf, type Item, placeParts } from './item.ts';
import { indexes } from './table.ts';

/** A query of a secondary index, by the names and values of its expression. */
export interface IndexQuery {
  readonly index: string;
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  readonly limit: number;
}

/** Sends a query and hands on its pages, one by one as they are asked for. */
export type QueryIndex = (query: IndexQuery) => AsyncGenerator<readonly Item[], void, undefined>;

/** An account's streams by id. A stream opened in two cells has two entries, one beside the other. */
export async function listStreams(
  queryIndex: QueryIndex,
  paging: Paging,
  query: Parameters<EventStore['list']>[0],
): Promise<Page<string>> {
  const after = paging.positionOf(query);
  const { account, limit } = query;
  const pages = queryIndex({
    index: indexes.byAccount,
    condition: after === undefined ? '#account = :account' : '#account = :account AND #stream > :after',
    names: { '#account': 'account', ...(after !== undefined && { '#stream': 'stream' }) },
    values: { ':account': account, ...(after !== undefined && { ':after': after }) },
    limit: limit + 1,
  });
  const streams: string[] = [];
  for await (const page of pages) {
    for (const { stream } of page) {
      if (stream === undefined || stream === streams.at(-1)) continue;
      if (streams.length === limit) return paging.pageOf(query, streams, streams.at(-1));
      streams.push(stream);
    }
  }
  return paging.pageOf(query, streams, undefined);
}

/** One origin's events from `from` up to but without `to`, out of all buckets, merged by id. */
export async function scanOrigin(
  queryIndex: QueryIndex,
  paging: Paging,
  query: Parameters<EventStore['scan']>[0],
): Promise<Page<EventKey>> {
  const range = idRange(query.from, query.to, paging.positionOf(query));
  const { origin, limit } = query;
  if (range === undefined) return { items: [] };
  const buckets = bucketsOf(origin);
  // A bucket's fair share of the page, and some more, as streams are spread by chance.
  const share = Math.min(limit + 1, Math.ceil((1.25 * limit) / buckets.length) + 4);
  const runs = await allOf(
    buckets.map((bucket) =>
      startRun(
        queryIndex({
          index: indexes.byTime,
          condition: '#bucket = :bucket AND #id BETWEEN :low AND :high',
          names: { '#bucket': 'bucket', '#id': 'id' },
          values: { ':bucket': bucket, ':low': range.low, ':high': range.high },
          limit: share,
        }),
      ),
    ),
  );
  const keys: EventKey[] = [];
  for (;;) {
    let next: Run | undefined;
    for (const run of runs) {
      if (run.head !== undefined && (next?.head === undefined || run.head.id < next.head.id)) next = run;
    }
    if (next?.head === undefined) return paging.pageOf(query, keys, undefined);
    if (keys.length === limit) return paging.pageOf(query, keys, keys.at(-1)?.id);
    keys.push(next.head);
    await next.advance();
  }
}

/** The lowest and the highest id asked for, both included; `undefined` where there can be none. */
function idRange(from: number, to: number, after = '') {
  if (from >= to) return undefined;
  const first = firstEventIdAt(from);
  // An id and a "0" sort behind that id, and before every other id that does.
  const low = after < first ? first : `${after}0`;
  const high = firstEventIdAt(to - 1).slice(0, 10) + 'Z'.repeat(16);
  return low <= high ? { low, high } : undefined;
}

/** Like `Promise.all`, but nothing goes on behind the caller's back once it has failed. */
async function allOf<Value>(promises: readonly Promise<Value>[]): Promise<readonly Value[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** One bucket's keys in order: the first one not yet taken, and how to go on. */
interface Run {
  readonly head: EventKey | undefined;
  readonly advance: () => Promise<void>;
}

async function startRun(pages: ReturnType<QueryIndex>): Promise<Run> {
  let page: readonly Item[] = [];
  let at = 0;
  const advance = async (): Promise<void> => {
    at += 1;
    while (at >= page.length) {
      const next = await pages.next();
      if (next.done) return;
      page = next.value;
      at = 0;
    }
  };
  await advance();
  return {
    get head() {
      const item = page[at];
      return item && keyOf(item);
    },
    advance,
  };
}

function keyOf({ stream = '', place = '', id = '' }: Item): EventKey {
  const { origin, sequence } = placeParts(place);
  return { stream, origin, sequence: Number(sequence), id };
}
