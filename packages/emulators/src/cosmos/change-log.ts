import type { StoredItem } from './stored-item.ts';

/** A page of changes, and the position behind it. */
export interface ChangePage {
  readonly items: readonly StoredItem[];
  readonly position: number;
}

/**
 * The latest-version change feed of one partition, physical or logical: each item once, at its newest LSN. Older
 * versions and deletes leave no trace, as in the service.
 */
export class ChangeLog {
  #versions: StoredItem[] = [];
  #superseded = 0;

  append(version: StoredItem): void {
    this.#versions.push(version);
  }

  /** To be told when a version in this log was superseded or deleted; now and then the log is compacted. */
  noteSuperseded(): void {
    this.#superseded += 1;
    if (this.#superseded < 256 || this.#superseded * 2 < this.#versions.length) return;
    this.#versions = this.#versions.filter((version) => !version.superseded);
    this.#superseded = 0;
  }

  /**
   * Up to `limit` changes after `position`. More than `limit` where one transaction wrote more: a transaction is never
   * torn apart.
   */
  read(position: number, limit: number, accept: (item: StoredItem) => boolean): ChangePage {
    const items: StoredItem[] = [];
    let reached = position;
    for (let index = this.#indexAfter(position); index < this.#versions.length; index++) {
      const version = this.#versions[index];
      if (version === undefined) break;
      if (items.length >= limit && version.lsn !== reached) break;
      reached = version.lsn;
      if (!version.superseded && accept(version)) items.push(version);
    }
    return { items, position: reached };
  }

  /** The position before the first change written after `time` (milliseconds, exclusive), or `end` when there is none. */
  positionAt(time: number, end: number): number {
    const first = this.#versions.find((version) => version.writtenAt > time);
    return first === undefined ? end : first.lsn - 1;
  }

  #indexAfter(position: number): number {
    let low = 0;
    let high = this.#versions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#versions[middle]?.lsn ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
