import { ChangeLog } from './change-log.ts';
import type { JsonObject } from './json.ts';
import {
  effectivePartitionKey,
  type PartitionKey,
  type PartitionKeyDefinition,
  partitionKeyText,
} from './partition-key.ts';
import { itemRid } from './resource-id.ts';
import type { StoredItem } from './stored-item.ts';

/** A physical partition: everything between two effective partition keys. It orders its writes by LSN. */
export interface PhysicalPartition {
  readonly id: string;
  readonly minInclusive: string;
  readonly maxExclusive: string;
  readonly log: ChangeLog;
  readonly logical: LogicalPartition[];
  lsn: number;
}

/** All items of one partition key. */
export interface LogicalPartition {
  readonly key: PartitionKey;
  readonly epk: string;
  readonly physical: PhysicalPartition;
  readonly items: Map<string, StoredItem>;
  readonly log: ChangeLog;
}

/** A container: its definition, its physical partitions and what is in them. */
export class Container {
  readonly rid: string;
  readonly partitionKey: PartitionKeyDefinition;
  readonly physical: readonly PhysicalPartition[];
  readonly #logical = new Map<string, LogicalPartition>();
  readonly #numbers: readonly [database: number, container: number];
  #ordinal = 0;
  /** The resource as the service shows it; replaced when the container is. */
  resource: JsonObject;

  constructor(options: {
    readonly rid: string;
    readonly numbers: readonly [database: number, container: number];
    readonly resource: JsonObject;
    readonly partitionKey: PartitionKeyDefinition;
    readonly partitions: number;
  }) {
    this.rid = options.rid;
    this.resource = options.resource;
    this.partitionKey = options.partitionKey;
    this.physical = physicalPartitions(options.partitions);
    this.#numbers = options.numbers;
  }

  /** The logical partition of a key, if anything was ever written there. */
  find(key: PartitionKey): LogicalPartition | undefined {
    return this.#logical.get(partitionKeyText(key));
  }

  /** The logical partition of a key, made if there is none. */
  open(key: PartitionKey): LogicalPartition {
    const text = partitionKeyText(key);
    const known = this.#logical.get(text);
    if (known !== undefined) return known;
    const epk = effectivePartitionKey(key);
    const physical = this.physicalOf(epk);
    const partition: LogicalPartition = { key, epk, physical, items: new Map(), log: new ChangeLog() };
    physical.logical.push(partition);
    this.#logical.set(text, partition);
    return partition;
  }

  /** The physical partition that an effective partition key falls into. */
  physicalOf(epk: string): PhysicalPartition {
    const found = this.physical.find(
      ({ minInclusive, maxExclusive }) => epk >= minInclusive && epk < maxExclusive,
    );
    if (found === undefined)
      throw new RangeError(`effective partition key ${epk} is in no physical partition`);
    return found;
  }

  /** An identity for a new item. */
  nextIdentity(): { readonly ordinal: number; readonly rid: string } {
    this.#ordinal += 1;
    return { ordinal: this.#ordinal, rid: itemRid(...this.#numbers, this.#ordinal) };
  }
}

const EPK_BITS = 126n;

/** Cuts the hash range evenly, as a container with that many physical partitions has it. */
function physicalPartitions(count: number): PhysicalPartition[] {
  const bounds = [''];
  for (let index = 1; index < count; index++) {
    const bound = ((1n << EPK_BITS) * BigInt(index)) / BigInt(count);
    bounds.push(bound.toString(16).toUpperCase().padStart(32, '0'));
  }
  return bounds.map((minInclusive, index) => ({
    id: String(index),
    minInclusive,
    maxExclusive: bounds[index + 1] ?? 'FF',
    log: new ChangeLog(),
    logical: [],
    lsn: 0,
  }));
}
