import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { TwinlogError } from '../errors.ts';
import type { EventStore, Page } from './event-store.ts';

/** The most entries of a page. */
export const maxPageSize = 1_000;

/** What a page is asked for by: an account's list, or a scan of an origin. */
export type PageQuery = Parameters<EventStore['list']>[0] | Parameters<EventStore['scan']>[0];

/** How a store reads `limit` and `after`, and makes `next`: alike in every store. */
export interface Paging {
  /**
   * Where the page starts, before anything is asked of the database.
   * @returns the position behind which the page starts; `undefined` for the first page.
   * @throws TwinlogError `invalid_limit` for a limit that is no whole number from 1 to 1,000; `invalid_cursor` for
   * a cursor that this store did not hand out for this query.
   */
  readonly positionOf: (query: PageQuery) => string | undefined;
  /** The page of these entries; `last` is the position of the last one, where more entries follow. */
  readonly pageOf: <Item>(query: PageQuery, items: readonly Item[], last: string | undefined) => Page<Item>;
}

const tagBytes = 16;

/**
 * A cursor is the position in the order of the list, bound to its query by a tag: the first 128 bits of an
 * HMAC-SHA256 over both, or of the SHA-256 where there is no key. It holds no time and nothing random, so the same page has the same cursor on every
 * instance and in every cell that has the same key, for as long as the key lives.
 *
 * @param key makes cursors that nobody else can make. Without one they are told from altered ones all the same,
 * but whoever reads this code can make one; all that gains is to start a page of that very query elsewhere.
 */
export function createPaging(key = ''): Paging {
  const digest = (text: string): Buffer =>
    key === '' ? hash('sha256', text, 'buffer') : createHmac('sha256', key).update(text).digest();
  const tagOf = (query: PageQuery, position: string): Buffer =>
    digest(JSON.stringify([...scopeOf(query), position])).subarray(0, tagBytes);

  return {
    positionOf: (query) => {
      const { limit, after } = query;
      if (!Number.isInteger(limit) || limit < 1 || limit > maxPageSize) {
        throw new TwinlogError(
          'invalid_limit',
          `A page cannot have a limit of ${limit}: it takes a whole number from 1 to ${maxPageSize}.`,
        );
      }
      if (after === undefined) return undefined;
      const bytes = Buffer.from(after, 'base64url');
      const position = bytes.toString('utf8', tagBytes);
      // Decoding passes over what is no base64url and over bits too many: only the one true text counts.
      const isWhole = bytes.length > tagBytes && bytes.toString('base64url') === after;
      if (isWhole && timingSafeEqual(bytes.subarray(0, tagBytes), tagOf(query, position))) return position;
      throw new TwinlogError(
        'invalid_cursor',
        `The cursor "${after.slice(0, 60)}" is not the "next" of a page of this query. Pass "next" on as it came, with the same query, or start again without it.`,
      );
    },

    pageOf: (query, items, last) => {
      if (last === undefined) return { items };
      return {
        items,
        next: Buffer.concat([tagOf(query, last), Buffer.from(last)]).toString('base64url'),
      };
    },
  };
}

/** What a cursor belongs to: everything of the query but how much of it is asked for at a time. */
function scopeOf(query: PageQuery): readonly (string | number)[] {
  if ('account' in query) return ['list', query.account];
  return ['scan', query.origin, query.from, query.to];
}
