import type { Container, LogicalPartition } from './container.ts';
import type { JsonObject } from './json.ts';
import { type PartitionKey, partitionKeyOf, partitionKeyText } from './partition-key.ts';
import { readCharge, writeCharge } from './request-charge.ts';
import type { StoredItem } from './stored-item.ts';

/** One operation on one item. */
export type ItemOperation =
  | {
      readonly kind: 'create' | 'upsert';
      readonly item: JsonObject & { readonly id: string };
      readonly ifMatch?: string;
    }
  | {
      readonly kind: 'replace';
      readonly id: string;
      readonly item: JsonObject & { readonly id: string };
      readonly ifMatch?: string;
    }
  | { readonly kind: 'read'; readonly id: string; readonly ifNoneMatch?: string }
  | { readonly kind: 'delete'; readonly id: string; readonly ifMatch?: string };

/** What came of an operation; `item` is the version written or read. */
export interface ItemOutcome {
  readonly status: number;
  readonly substatus?: number;
  readonly message?: string;
  readonly item?: StoredItem;
  readonly charge: number;
}

/** Where and when operations run. */
export interface OperationContext {
  readonly container: Container;
  /** The container's link, `dbs/<database>/colls/<container>`. */
  readonly link: string;
  readonly key: PartitionKey;
  readonly now: number;
  readonly nextEtag: () => string;
}

/**
 * Runs operations on one logical partition, in order, as one transaction: either all of them take effect, under one
 * LSN, or none. The first failure ends it; those not executed, and those undone, are 424.
 */
export function runTransaction(
  context: OperationContext,
  operations: readonly ItemOperation[],
): readonly ItemOutcome[] {
  const staged: Staged = { partition: context.container.find(context.key), writes: new Map() };
  const outcomes: ItemOutcome[] = [];
  for (const operation of operations) {
    const outcome = stage(context, staged, operation);
    if (outcome.status >= 400) return failedAt(outcomes.length, outcome, operations.length);
    outcomes.push(outcome);
  }
  commit(context, staged);
  return outcomes;
}

interface Staged {
  readonly partition: LogicalPartition | undefined;
  /** By id: the new version, or `undefined` for a delete. */
  readonly writes: Map<string, StoredItem | undefined>;
}

function stage(context: OperationContext, staged: Staged, operation: ItemOperation): ItemOutcome {
  const id = 'id' in operation ? operation.id : operation.item.id;
  const current = staged.writes.has(id) ? staged.writes.get(id) : staged.partition?.items.get(id);
  if (operation.kind === 'read') return read(current, operation.ifNoneMatch);
  if (operation.kind === 'create' && current !== undefined) return failures.conflict;
  if (current === undefined && (operation.kind === 'replace' || operation.kind === 'delete'))
    return failures.notFound;
  if (current !== undefined && !matches(operation.ifMatch, current.etag)) return failures.precondition;
  if (operation.kind === 'delete') {
    staged.writes.set(id, undefined);
    return { status: 204, charge: writeCharge(current?.bytes ?? 0) };
  }
  if (operation.item.id !== id) return failures.otherId;
  const carried = partitionKeyOf(operation.item, context.container.partitionKey);
  if (carried === undefined || partitionKeyText(carried) !== partitionKeyText(context.key))
    return failures.otherKey;
  const version = newVersion(context, operation.item, current);
  staged.writes.set(id, version);
  return { status: current === undefined ? 201 : 200, item: version, charge: writeCharge(version.bytes) };
}

function read(current: StoredItem | undefined, ifNoneMatch: string | undefined): ItemOutcome {
  if (current === undefined) return failures.notFound;
  const status = ifNoneMatch !== undefined && matches(ifNoneMatch, current.etag) ? 304 : 200;
  return { status, item: current, charge: readCharge(current.bytes) };
}

function matches(condition: string | undefined, etag: string): boolean {
  return condition === undefined || condition === '*' || condition === etag;
}

function newVersion(
  context: OperationContext,
  item: JsonObject & { readonly id: string },
  current: StoredItem | undefined,
): StoredItem {
  const partition = context.container.open(context.key);
  const { ordinal, rid } = current ?? context.container.nextIdentity();
  const etag = context.nextEtag();
  const body = {
    ...item,
    _rid: rid,
    _self: `${context.link}/docs/${rid}/`,
    _etag: etag,
    _attachments: 'attachments/',
    _ts: Math.floor(context.now / 1000),
  };
  const text = JSON.stringify(body);
  return {
    id: item.id,
    ordinal,
    rid,
    body,
    text,
    bytes: Buffer.byteLength(text),
    etag,
    writtenAt: context.now,
    lsn: partition.physical.lsn + 1,
    epk: partition.epk,
    superseded: false,
  };
}

function commit(context: OperationContext, staged: Staged): void {
  if (staged.writes.size === 0) return;
  const partition = context.container.open(context.key);
  partition.physical.lsn += 1;
  for (const [id, version] of staged.writes) {
    const previous = partition.items.get(id);
    if (previous !== undefined) {
      previous.superseded = true;
      partition.log.noteSuperseded();
      partition.physical.log.noteSuperseded();
    }
    if (version === undefined) {
      partition.items.delete(id);
    } else {
      partition.items.set(id, version);
      partition.log.append(version);
      partition.physical.log.append(version);
    }
  }
}

function failedAt(index: number, failure: ItemOutcome, count: number): readonly ItemOutcome[] {
  return Array.from({ length: count }, (_, at) => (at === index ? failure : failures.dependency));
}

const failures = {
  conflict: {
    status: 409,
    message: 'Entity with the specified id already exists in the system.',
    charge: 1,
  },
  notFound: { status: 404, message: 'Entity with the specified id does not exist in the system.', charge: 1 },
  precondition: {
    status: 412,
    message: 'Operation cannot be performed because one of the specified precondition is not met.',
    charge: 1,
  },
  otherId: { status: 400, message: 'The id in the item differs from the id in the address.', charge: 1 },
  otherKey: {
    status: 400,
    substatus: 1001,
    message: "PartitionKey extracted from document doesn't match the one specified in the header.",
    charge: 1,
  },
  dependency: {
    status: 424,
    message: 'Another operation of the same transaction failed; this one has no effect.',
    charge: 0,
  },
} as const satisfies Record<string, ItemOutcome>;
