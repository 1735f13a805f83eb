import type { JsonObject } from './json.ts';

/** One version of an item. A replacement is a new version; the old one is only marked. */
export interface StoredItem {
  readonly id: string;
  /** The item's place in the container's order of creation; kept by replacements. */
  readonly ordinal: number;
  readonly rid: string;
  /** With system properties. */
  readonly body: JsonObject;
  /** `body` as JSON text. */
  readonly text: string;
  readonly bytes: number;
  readonly etag: string;
  /** When it was written, in milliseconds; `_ts` holds its whole seconds. */
  readonly writtenAt: number;
  /** The log sequence number of the physical partition; all writes of one batch share it. */
  readonly lsn: number;
  /** The partition's place between `''` and `'FF'`. */
  readonly epk: string;
  superseded: boolean;
}
