import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Item, itemSize } from './item.ts';
import type { JsonObject } from './wire.ts';

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** How long an iterator may be used after it was handed out. */
export const ITERATOR_LIFETIME_MS: number = 15 * 60 * 1000;

const HASH_SPACE = 2 ** 32;

/** One write to one item, as it went through. */
export interface Change {
  readonly keys: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface StoredRecord {
  readonly sequence: bigint;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly size: number;
  readonly record: JsonObject;
}

/** A part of the stream that keeps its order. Positions count every record the shard ever had. */
export interface Shard {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly firstHash: number;
  readonly endHash: number;
  readonly start: bigint;
  readonly end: bigint | undefined;
  readonly closedAt: number | undefined;
  /** What has not been trimmed. */
  readonly records: readonly StoredRecord[];
  /** How many records were trimmed from the front, and the last of their sequence numbers. */
  readonly trimmed: number;
  readonly trimmedThrough: bigint | undefined;
}

type OpenShard = { -readonly [K in keyof Shard]: Shard[K] } & { records: StoredRecord[] };

export interface ChangeStreamOptions {
  readonly tableName: string;
  readonly tableArn: string;
  readonly keySchema: readonly JsonObject[];
  readonly viewType: StreamViewType;
  readonly shards: number;
  readonly retentionMs: number;
  readonly now: () => number;
  /** Grows with every call, over all streams of the database. */
  readonly nextSequence: () => bigint;
}

/** The stream of one table: its shards, and the records that writes leave in them. */
export class ChangeStream {
  readonly arn: string;
  readonly label: string;
  readonly createdAt: number;
  readonly options: ChangeStreamOptions;
  #shards: OpenShard[] = [];
  #enabled = true;

  constructor(options: ChangeStreamOptions) {
    this.options = options;
    this.createdAt = options.now();
    this.label = new Date(this.createdAt).toISOString().replace('Z', '');
    this.arn = `${options.tableArn}/stream/${this.label}`;
    for (let n = 0; n < options.shards; n += 1) {
      const from = Math.floor((n * HASH_SPACE) / options.shards);
      this.#open(from, Math.floor(((n + 1) * HASH_SPACE) / options.shards), undefined);
    }
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** The shards that can still be read, parents before children, after trimming what is past retention. */
  shards(): readonly Shard[] {
    const horizon = this.options.now() - this.options.retentionMs;
    for (const shard of this.#shards) trim(shard, horizon);
    this.#shards = this.#shards.filter(
      (shard) => shard.closedAt === undefined || shard.records.length > 0 || shard.closedAt >= horizon,
    );
    return this.#shards;
  }

  /** Records a write that went through. A write that changed nothing leaves no record, as in the service. */
  append(partitionKey: string, change: Change): void {
    if (!this.#enabled || isDeepStrictEqual(change.before, change.after)) return;
    const hash = createHash('md5').update(partitionKey).digest().readUInt32BE(0);
    const shard = this.#shards.find(
      (one) => one.end === undefined && one.firstHash <= hash && hash < one.endHash,
    );
    shard?.records.push(this.#toRecord(change));
  }

  /** Closes a shard (the first open one, unless named) and opens two children for the halves of its key range. */
  split(shardId?: string): void {
    const parent = this.#shards.find(
      (shard) => shard.end === undefined && (shardId === undefined || shard.id === shardId),
    );
    if (parent === undefined) {
      throw new Error(
        `No open shard ${shardId ?? ''} in ${this.arn}: name one that DescribeStream shows open.`,
      );
    }
    this.#close(parent);
    const middle = Math.floor((parent.firstHash + parent.endHash) / 2);
    this.#open(parent.firstHash, middle, parent.id);
    this.#open(middle, parent.endHash, parent.id);
  }

  /** Ends the stream; what it holds stays readable until it is trimmed. */
  disable(): void {
    this.#enabled = false;
    for (const shard of this.#shards) if (shard.end === undefined) this.#close(shard);
  }

  #open(firstHash: number, endHash: number, parentId: string | undefined): void {
    const start = this.options.nextSequence();
    const time = String(this.options.now()).padStart(20, '0');
    const id = `shardId-${time}-${digest(`${this.arn}${start}`).slice(0, 8)}`;
    this.#shards.push({
      ...{ id, parentId, firstHash, endHash, start, records: [], trimmed: 0 },
      ...{ end: undefined, closedAt: undefined, trimmedThrough: undefined },
    });
  }

  #close(shard: OpenShard): void {
    shard.end = this.options.nextSequence();
    shard.closedAt = this.options.now();
  }

  #toRecord({ keys, before, after }: Change): StoredRecord {
    const { viewType, now, tableArn } = this.options;
    const sequence = this.options.nextSequence();
    const at = now();
    const newImage = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? after : undefined;
    const oldImage = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? before : undefined;
    const size = itemSize(keys) + itemSize(newImage ?? {}) + itemSize(oldImage ?? {});
    const record = {
      eventID: digest(`${this.arn}${sequence}`),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: tableArn.split(':')[3],
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(at / 1000),
        Keys: keys,
        ...(newImage === undefined ? {} : { NewImage: newImage }),
        ...(oldImage === undefined ? {} : { OldImage: oldImage }),
        SequenceNumber: String(sequence),
        SizeBytes: size,
        StreamViewType: viewType,
      },
    };
    return { sequence, at, size, record };
  }
}

function trim(shard: OpenShard, horizon: number): void {
  const kept = shard.records.findIndex((record) => record.at >= horizon);
  const gone = shard.records.splice(0, kept === -1 ? shard.records.length : kept);
  shard.trimmed += gone.length;
  shard.trimmedThrough = gone.at(-1)?.sequence ?? shard.trimmedThrough;
}

function digest(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
