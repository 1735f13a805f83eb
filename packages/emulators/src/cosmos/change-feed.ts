import { type Answer, Refused } from './answer.ts';
import type { ChangeLog } from './change-log.ts';
import type { Container, PhysicalPartition } from './container.ts';
import { requiredKey } from './item-requests.ts';
import { effectivePartitionKey } from './partition-key.ts';
import { type CosmosRequest, header, partitionKeyHeader } from './request.ts';
import { readCharge } from './request-charge.ts';
import type { StoredItem } from './stored-item.ts';

/**
 * Answers `GET …/docs` with `a-im: Incremental Feed`: the newest version of each item changed after a position, in the
 * order of change. The position is the etag of the last answer in `if-none-match`, `*` there for now, a time in
 * `if-modified-since` (exclusive), or neither for the beginning. 304 where nothing is new; both carry the next etag.
 */
export function answerChangeFeed(container: Container, request: CosmosRequest): Answer {
  const mode = header(request, 'a-im') ?? '';
  if (mode.toLowerCase() !== 'incremental feed') {
    throw new Refused(400, `The Cosmos DB stand-in has the latest-version change feed only, not "${mode}".`);
  }
  const { log, physical, accept } = sourceOf(container, request);
  const position = positionOf(request, log, physical);
  const page = log.read(position, pageSize(request), accept);
  const headers = {
    etag: `"${Math.max(page.position, position)}"`,
    'x-ms-item-count': String(page.items.length),
  };
  const session = `${physical.id}:-1#${physical.lsn}`;
  if (page.items.length === 0) return { status: 304, headers, session, charge: 1 };
  const documents = page.items.map(({ text, lsn }) => `${text.slice(0, -1)},"_lsn":${lsn}}`);
  const bytes = page.items.reduce((sum, item) => sum + item.bytes, 0);
  return {
    status: 200,
    headers,
    session,
    charge: readCharge(bytes),
    body: `{"_rid":"${container.rid}","Documents":[${documents.join()}],"_count":${documents.length}}`,
  };
}

interface Source {
  readonly log: ChangeLog;
  readonly physical: PhysicalPartition;
  readonly accept: (item: StoredItem) => boolean;
}

function sourceOf(container: Container, request: CosmosRequest): Source {
  const key = partitionKeyHeader(request);
  if (key !== undefined) {
    const full = requiredKey(container, key);
    const logical = container.find(full);
    if (logical !== undefined) return { log: logical.log, physical: logical.physical, accept: () => true };
    // Nothing was ever written there; the physical partition tells the position, and no item of it is accepted.
    const physical = container.physicalOf(effectivePartitionKey(full));
    return { log: physical.log, physical, accept: () => false };
  }
  const rangeId =
    header(request, 'x-ms-documentdb-partitionkeyrangeid') ?? (container.physical.length === 1 ? '0' : '');
  const physical = container.physical.find(({ id }) => id === rangeId);
  if (physical === undefined) throw rangeGone(rangeId);
  const from = header(request, 'x-ms-start-epk') ?? '';
  const to = header(request, 'x-ms-end-epk') ?? 'FF';
  return { log: physical.log, physical, accept: ({ epk }) => epk >= from && epk < to };
}

/** 410: the partition key range is not there (any more). */
export function rangeGone(rangeId: string): Refused {
  return new Refused(410, `The requested partition key range ${JSON.stringify(rangeId)} is gone.`, 1002);
}

function positionOf(request: CosmosRequest, log: ChangeLog, physical: PhysicalPartition): number {
  const etag = header(request, 'if-none-match');
  if (etag === '*') return physical.lsn;
  if (etag !== undefined) {
    const position = Number(etag.replaceAll('"', ''));
    if (Number.isSafeInteger(position) && position >= 0) return position;
    throw new Refused(400, `The change feed position ${etag} is not one that was given out.`);
  }
  const since = header(request, 'if-modified-since');
  if (since === undefined) return 0;
  const time = Date.parse(since);
  if (Number.isNaN(time)) throw new Refused(400, `If-Modified-Since is not a date: ${since}.`);
  return log.positionAt(time, physical.lsn);
}

/** `x-ms-max-item-count`, or 100 where it is missing or leaves the choice to the service (-1). */
export function pageSize(request: CosmosRequest): number {
  const asked = Number(header(request, 'x-ms-max-item-count') ?? 100);
  if (!Number.isInteger(asked) || asked === 0 || asked < -1) {
    throw new Refused(
      400,
      `x-ms-max-item-count must be -1 or at least 1, not ${header(request, 'x-ms-max-item-count')}.`,
    );
  }
  return asked === -1 ? 100 : asked;
}
