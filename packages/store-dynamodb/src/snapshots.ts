import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { type DomainEvent, formatSequence, type SnapshotStore, type VersionVector } from '@twinlog/core';
import { asItem, decodeItem, type Item, placeParts } from './item.ts';

/**
 * A snapshot is an item of its stream's own partition, at a place that sorts before every event's: origins begin with a
 * letter or a digit. The first page of a stream so shows whether there is one, and a backup holds both.
 */
const snapshotPlace = '!snapshot';
const firstPlace = '0';

type StreamQuery = Omit<QueryCommandInput, 'TableName'>;

function placesOf(stream: string, condition: string, values: Readonly<Record<string, string>>): StreamQuery {
  return {
    KeyConditionExpression: `#stream = :stream AND ${condition}`,
    ExpressionAttributeNames: { '#stream': 'stream', '#place': 'place' },
    ExpressionAttributeValues: { ':stream': stream, ...values },
    ConsistentRead: true,
  };
}

/** Every event of the stream, and nothing else of its partition. */
export function eventsOf(stream: string): StreamQuery {
  return placesOf(stream, '#place >= :first', { ':first': firstPlace });
}

/**
 * What lies beyond a version: for each origin one range, from its next place up to where the next origin begins, so that
 * an origin that the version does not name lies in one of them too.
 *
 * @param from where the first range begins; without it, that of the origins below the first one is left out.
 */
function rangesBeyond(stream: string, version: VersionVector, from?: string): readonly StreamQuery[] {
  const origins = [...version].sort(([a], [b]) => (a < b ? -1 : 1));
  const starts = [
    ...(from === undefined ? [] : [from]),
    ...origins.map(([origin, sequence]) => `${origin}#${formatSequence(sequence + 1)}`),
  ];
  const ends = origins.map(([origin]) => `${origin}#`).slice(from === undefined ? 1 : 0);
  return starts.map((start, at) => {
    const end = ends[at];
    return end === undefined
      ? placesOf(stream, '#place >= :start', { ':start': start })
      : placesOf(stream, '#place BETWEEN :start AND :end', { ':start': start, ':end': end });
  });
}

/** Snapshots beside the events of one table. Reads are strongly consistent. */
export function dynamoDbSnapshots({
  query,
  put,
}: {
  readonly query: (operation: string, input: StreamQuery) => Promise<QueryCommandOutput>;
  readonly put: (item: Item) => Promise<void>;
}): SnapshotStore {
  async function readAll(
    operation: string,
    input: StreamQuery,
    start?: QueryCommandOutput['LastEvaluatedKey'],
  ) {
    const found: DomainEvent[] = [];
    let next = start;
    do {
      const page: QueryCommandOutput = await query(operation, {
        ...input,
        ...(next && { ExclusiveStartKey: next }),
      });
      for (const item of page.Items ?? []) found.push(decodeItem(asItem(item)));
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
    return found;
  }

  async function readRanges(
    operation: string,
    ranges: readonly StreamQuery[],
  ): Promise<readonly DomainEvent[]> {
    return (await Promise.all(ranges.map((range) => readAll(operation, range)))).flat();
  }

  return {
    readRecent: async (stream, limit, versionOf) => {
      const all = placesOf(stream, '#place >= :first', { ':first': snapshotPlace });
      // One more than would do, for the snapshot: a stream of `limit` events is whole in this one request.
      const page = await query('readRecent', { ...all, Limit: limit + 1 });
      const items = (page.Items ?? []).map(asItem);
      const [first] = items;
      const snapshot = first?.place === snapshotPlace ? first.snapshot : undefined;
      const shown = first?.place === snapshotPlace ? items.slice(1) : items;
      const more = page.LastEvaluatedKey;
      if (more === undefined) return { events: shown.map(decodeItem) };
      const version = snapshot === undefined ? undefined : versionOf(snapshot);
      if (snapshot === undefined || version === undefined)
        return { events: [...shown.map(decodeItem), ...(await readAll('readRecent', all, more))] };
      // The first event shows whether an origin sorts before those of the version: mostly none does.
      const lowest = placeParts(shown[0]?.place ?? '').origin;
      const isKnown = [...version.keys()].every((origin) => lowest <= origin) && version.has(lowest);
      const ranges = rangesBeyond(stream, version, isKnown ? undefined : firstPlace);
      return { snapshot, events: await readRanges('readRecent', ranges) };
    },

    readBeyond: (stream, version) => readRanges('readBeyond', rangesBeyond(stream, version, firstPlace)),

    keep: (stream, snapshot) => put({ stream, place: snapshotPlace, snapshot }),
  };
}
