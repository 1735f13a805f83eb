import type { FeedOptions, SqlQuerySpec } from '@azure/cosmos';
import {
  type DomainEvent,
  EventTooLargeError,
  formatSequence,
  type SnapshotStore,
  type VersionVector,
} from '@twinlog/core';
import { decodeDocument, type EventDocument, maxDocumentBytes } from './document.ts';

/** A snapshot is a document of its stream's own partition, so that a backup holds both. */
interface SnapshotDocument {
  readonly id: string;
  readonly stream: string;
  readonly snapshot: string;
}

/** An id that sorts before every event's: origins begin with a letter or a digit. */
const snapshotId = '!snapshot';

/** Every event of a partition, and nothing else of it. `id` is indexed whatever the policy says ("Indexing policies"). */
export const allEvents: SqlQuerySpec = { query: "SELECT * FROM c WHERE c.id >= '0'" };

/**
 * What lies beyond a version: for each origin a range of ids, from its next event up to where the next origin begins, so
 * that an origin that the version does not name lies in one of them too.
 */
function beyond(version: VersionVector): SqlQuerySpec {
  // In the order of ids, in which the colon counts: b-1.11 comes before b-1.1.
  const origins = [...version].sort(([a], [b]) => (`${a}:` < `${b}:` ? -1 : 1));
  const starts = ['0', ...origins.map(([origin, sequence]) => `${origin}:${formatSequence(sequence + 1)}`)];
  const ends = [...origins.map(([origin]) => `${origin}:`), '~'];
  const ranges = starts.map((_, at) => `(c.id >= @start${at} AND c.id < @end${at})`);
  const parameters = starts.flatMap((start, at) => [
    { name: `@start${at}`, value: start },
    { name: `@end${at}`, value: ends[at] ?? '~' },
  ]);
  return { query: `SELECT * FROM c WHERE ${ranges.join(' OR ')}`, parameters };
}

/** Snapshots beside the events of one container, under the account's Strong consistency. */
export function cosmosSnapshots({
  pages,
  upsert,
}: {
  readonly pages: <Row>(
    operation: string,
    query: SqlQuerySpec,
    options: FeedOptions,
  ) => AsyncGenerator<readonly Row[], void, undefined>;
  readonly upsert: (document: SnapshotDocument) => Promise<void>;
}): SnapshotStore {
  async function readAll(operation: string, query: SqlQuerySpec, stream: string) {
    const found: DomainEvent[] = [];
    for await (const page of pages<EventDocument>(operation, query, { partitionKey: stream }))
      found.push(...page.map(decodeDocument));
    return found;
  }

  return {
    readRecent: async (stream, limit, versionOf) => {
      // In the order of ids, and one more than would do, for the snapshot: a stream of `limit` events is whole in it.
      const ordered = { query: 'SELECT * FROM c ORDER BY c.id' };
      const options = { partitionKey: stream, maxItemCount: limit + 1 };
      const first: (EventDocument | SnapshotDocument)[] = [];
      // One page as a rule. The service may end one early, at 4 MB or whenever it likes.
      for await (const page of pages<EventDocument | SnapshotDocument>('readRecent', ordered, options)) {
        first.push(...page);
        if (first.length > limit) break;
      }
      const events = first.flatMap((row) => ('event' in row ? [decodeDocument(row)] : []));
      if (first.length <= limit) return { events };
      const [head] = first;
      const snapshot = head !== undefined && 'snapshot' in head ? head.snapshot : undefined;
      const version = snapshot === undefined ? undefined : versionOf(snapshot);
      if (snapshot === undefined || version === undefined)
        return { events: await readAll('readRecent', allEvents, stream) };
      return { snapshot, events: await readAll('readRecent', beyond(version), stream) };
    },

    readBeyond: (stream, version) => readAll('readBeyond', beyond(version), stream),

    keep: async (stream, snapshot) => {
      const document = { id: snapshotId, stream, snapshot };
      const bytes = Buffer.byteLength(JSON.stringify(document));
      if (bytes > maxDocumentBytes) throw new EventTooLargeError(bytes, maxDocumentBytes);
      await upsert(document);
    },
  };
}
