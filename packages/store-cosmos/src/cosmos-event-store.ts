import type { Container, FeedOptions, SqlQuerySpec } from '@azure/cosmos';
import {
  createClockSkew,
  createPaging,
  type DomainEvent,
  type EventKey,
  type EventStore,
  EventTooLargeError,
  firstEventIdAt,
  type Insertion,
  StoreUnavailableError,
} from '@twinlog/core';
import {
  decodeDocument,
  documentSize,
  type EventDocument,
  encodeDocument,
  maxDocumentBytes,
  sequenceIn,
} from './document.ts';
import { faultOf, isTransient, statusOf } from './fault.ts';
import { allEvents, cosmosSnapshots } from './snapshots.ts';

export interface CosmosEventStoreOptions {
  /** The container of `containerDefinition`. Its client is made, configured and disposed of by the caller. */
  readonly container: Container;
  /** Signs the cursors of pages; the same in every instance. See `createPaging`. */
  readonly cursorKey?: string;
  /** Milliseconds since 1970, to be compared with the database's clock; `Date.now` unless told. */
  readonly now?: () => number;
  /**
   * How long a read waits for each page, in ms, all tries of the SDK together: 10,000 unless told. The SDK by itself
   * repeats a read after a broken connection ten times, a second and a time-out each.
   */
  readonly readTimeoutMs?: number;
}

/**
 * Asked for with every read, so that an account of a weaker default refuses instead of answering from a replica
 * that is behind (R19).
 */
const strong = { consistencyLevel: 'Strong' } as const;

/** How often a write is sent whose answer was lost. The SDK repeats reads; it cannot know that ours can be repeated. */
const maxTries = 3;

/**
 * The event store on one Cosmos DB container, in an account of Strong consistency: every method sees every
 * write acknowledged before it.
 *
 * Methods throw StoreUnavailableError for 408, 410, 429, 449, 5xx, time-outs and lost connections, after the
 * client's own retries; EventTooLargeError before anything is sent; EventRefusedError for a 400 that is the event's
 * fault; TwinlogError `store_misconfigured` where access is denied, the container is missing or another one, or the
 * account's consistency is weaker.
 */
export function createCosmosEventStore(options: CosmosEventStoreOptions): EventStore {
  const { container, cursorKey, now = Date.now, readTimeoutMs = 10_000 } = options;
  const skew = createClockSkew(now);
  const paging = createPaging(cursorKey);

  /** Runs requests, notes the date of the answers, and tells their errors in the store's terms. */
  async function ask<Answer extends object>(operation: string, send: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await send();
      skew.note(dateOf(answer));
      return answer;
    } catch (error) {
      skew.note(dateOf(error));
      throw faultOf(error, operation, container.id);
    }
  }

  async function* pages<Row>(
    operation: string,
    query: SqlQuerySpec,
    options: FeedOptions,
  ): AsyncGenerator<readonly Row[], void, undefined> {
    const giveUp = new AbortController();
    const rows = container.items.query<Row>(query, { ...strong, ...options, abortSignal: giveUp.signal });
    while (rows.hasMoreResults()) {
      const timer = setTimeout(() => giveUp.abort(), readTimeoutMs);
      const page = await ask(operation, () => rows.fetchNext()).finally(() => clearTimeout(timer));
      yield page.resources ?? [];
    }
  }

  async function inTheWay({ id, stream }: EventDocument, refusal: unknown): Promise<DomainEvent> {
    const inTime = { ...strong, abortSignal: AbortSignal.timeout(readTimeoutMs) };
    const { resource } = await ask('insert', () => container.item(id, stream).read<EventDocument>(inTime));
    if (resource) return decodeDocument(resource);
    throw new StoreUnavailableError(
      `Cosmos DB refused "insert" on container "${container.id}" for a document that it then could not find. Send the same request again.`,
      { cause: refusal },
    );
  }

  async function insert(document: EventDocument, bytes: number): Promise<Insertion> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await container.items.create(document);
        skew.note(dateOf(answer));
        return { inserted: true };
      } catch (error) {
        skew.note(dateOf(error));
        const status = statusOf(error);
        if (status === 409) return { inserted: false, existing: await inTheWay(document, error) };
        if (status === 413) throw new EventTooLargeError(bytes, maxDocumentBytes);
        // After a 429 the SDK has waited and tried again as often as it was told to.
        if (!isTransient(error) || status === 429 || tries === maxTries)
          throw faultOf(error, 'insert', container.id);
      }
    }
  }

  return {
    insert: async (event) => {
      const document = encodeDocument(event);
      const bytes = documentSize(document);
      if (bytes > maxDocumentBytes) throw new EventTooLargeError(bytes, maxDocumentBytes);
      return insert(document, bytes);
    },

    read: async (stream) => {
      const found: EventDocument[] = [];
      const all = pages<EventDocument>('read', allEvents, { partitionKey: stream });
      for await (const page of all) found.push(...page);
      // In the order in which they came in, as a rule; sorting here costs less than asking for it.
      return found.sort((a, b) => (a.id < b.id ? -1 : 1)).map(decodeDocument);
    },

    list: async (wanted) => {
      const after = paging.positionOf(wanted) ?? '';
      const { account, limit } = wanted;
      const query =
        'SELECT VALUE c.stream FROM c WHERE c.account = @account AND c.stream > @after ORDER BY c.stream';
      const parameters = [
        { name: '@account', value: account },
        { name: '@after', value: after },
      ];
      // A stream opened in two cells comes twice, one beside the other.
      const streams: string[] = [];
      for await (const page of pages<string>('list', { query, parameters }, { maxItemCount: limit + 1 })) {
        for (const stream of page) {
          const last = streams.at(-1);
          if (stream === last) continue;
          if (streams.length === limit) return paging.pageOf(wanted, streams, last);
          streams.push(stream);
        }
      }
      return paging.pageOf(wanted, streams, undefined);
    },

    scan: async (wanted) => {
      const after = paging.positionOf(wanted) ?? '';
      const { origin, from, to, limit } = wanted;
      if (from >= to) return { items: [] };
      const query =
        'SELECT c.stream, c.id, c.eventId FROM c WHERE c.origin = @origin AND c.eventId >= @from AND c.eventId < @to AND c.eventId > @after ORDER BY c.eventId';
      const parameters = [
        { name: '@origin', value: origin },
        { name: '@from', value: firstEventIdAt(from) },
        { name: '@to', value: firstEventIdAt(to) },
        { name: '@after', value: after },
      ];
      const keys: EventKey[] = [];
      const rows = pages<Pick<EventDocument, 'stream' | 'id' | 'eventId'>>(
        'scan',
        { query, parameters },
        { maxItemCount: limit + 1 },
      );
      for await (const page of rows) {
        for (const { stream, id, eventId } of page) {
          const last = keys.at(-1);
          if (keys.length === limit) return paging.pageOf(wanted, keys, last?.id);
          keys.push({ stream, origin, sequence: sequenceIn(id), id: eventId });
        }
      }
      return paging.pageOf(wanted, keys, undefined);
    },

    clockSkew: skew.current,

    snapshots: cosmosSnapshots({
      pages,
      upsert: async (document) => {
        await ask('keep', () => container.items.upsert(document));
      },
    }),
  };
}

/** The `date` among the headers of an answer or of an SDK error. */
function dateOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('headers' in answer)) return undefined;
  const { headers } = answer;
  return typeof headers === 'object' && headers !== null && 'date' in headers ? headers.date : undefined;
}
