import { setTimeout as delay } from 'node:timers/promises';
import { ChangeStream, type StreamViewType } from './change-stream.ts';
import type { Engine } from './engine.ts';
import {
  continuousBackups,
  deletionForbidden,
  describeProtection,
  protectionWanted,
  recoveryWanted,
} from './protection.ts';
import { type Table, toTable } from './table.ts';
import { type Answer, isJsonObject, isRefusal, type JsonObject, objectAt, refusal, textAt } from './wire.ts';

// 21 digits, like the service's, so that numbers sort alike as text and as numbers. They are not consecutive.
const FIRST_SEQUENCE = 100_000_000_000_000_000_000n;
const SEQUENCE_STEP = 100n;

const VIEW_TYPES: readonly StreamViewType[] = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

export interface TablesOptions {
  readonly engine: Engine;
  readonly now: () => number;
  readonly retentionMs: number;
  readonly shards: number;
}

/** The tables of the database, and the streams that dynalite knows nothing of. */
export class Tables {
  readonly #options: TablesOptions;
  readonly #tables = new Map<string, Table>();
  readonly #streams = new Map<string, ChangeStream>();
  #sequence = FIRST_SEQUENCE;

  constructor(options: TablesOptions) {
    this.#options = options;
  }

  /** Streams by ARN. A stream outlives its table until its records are trimmed. */
  get streams(): ReadonlyMap<string, ChangeStream> {
    return this.#streams;
  }

  get(name: string | undefined): Table | undefined {
    return name === undefined ? undefined : this.#tables.get(name);
  }

  /** Answers CreateTable, once the table is ACTIVE: clients need not poll for it. */
  async create(payload: JsonObject): Promise<Answer> {
    const wanted = streamWanted(payload);
    if (isAnswer(wanted)) return wanted;
    const answer = await this.#options.engine.call('CreateTable', payload);
    if (answer.status !== 200) return answer;
    const description = objectAt(answer.body, 'TableDescription');
    const table = toTable(description, protectionWanted(payload), undefined);
    await this.#until(table.name, (described) => objectAt(described.body, 'Table').TableStatus === 'ACTIVE');
    this.#tables.set(table.name, { ...table, stream: wanted && this.#openStream(table, wanted) });
    return this.#patched(answer, 'TableDescription');
  }

  async describe(payload: JsonObject): Promise<Answer> {
    return this.#patched(await this.#options.engine.call('DescribeTable', payload), 'Table');
  }

  async update(payload: JsonObject): Promise<Answer> {
    const wanted = streamWanted(payload);
    if (isAnswer(wanted)) return wanted;
    const { StreamSpecification: specification, DeletionProtectionEnabled: deletion, ...rest } = payload;
    const table = this.get(textAt(payload, 'TableName'));
    if (typeof deletion === 'boolean' && specification === undefined && table !== undefined) {
      this.#tables.set(table.name, { ...table, protection: { ...table.protection, deletion } });
      return this.#describeAs('TableDescription', table.name);
    }
    if (specification === undefined || table === undefined) {
      return this.#patched(await this.#options.engine.call('UpdateTable', rest), 'TableDescription');
    }
    if (wanted !== undefined && table.stream?.enabled === true) {
      return refusal('ValidationException', 'Table already has an enabled stream');
    }
    table.stream?.disable();
    const stream = wanted === undefined ? table.stream : this.#openStream(table, wanted);
    this.#tables.set(table.name, { ...table, stream });
    return this.#describeAs('TableDescription', table.name);
  }

  /** Answers DescribeContinuousBackups and UpdateContinuousBackups. */
  backups(payload: JsonObject): Answer {
    const name = textAt(payload, 'TableName') ?? '';
    const table = this.get(name);
    if (table === undefined) return refusal('TableNotFoundException', `Table not found: ${name}`);
    const pointInTimeRecovery = recoveryWanted(payload) ?? table.protection.pointInTimeRecovery;
    const protection = { ...table.protection, pointInTimeRecovery };
    this.#tables.set(name, { ...table, protection });
    return continuousBackups(protection);
  }

  /** Answers DeleteTable, once the table is gone; its stream stays readable. */
  async delete(payload: JsonObject): Promise<Answer> {
    if (this.get(textAt(payload, 'TableName'))?.protection.deletion) return deletionForbidden();
    const answer = await this.#options.engine.call('DeleteTable', payload);
    if (answer.status !== 200) return answer;
    const name = textAt(payload, 'TableName') ?? '';
    await this.#until(name, (described) => isRefusal(described, 'ResourceNotFoundException'));
    this.get(name)?.stream?.disable();
    this.#tables.delete(name);
    return answer;
  }

  #openStream(table: Table, viewType: StreamViewType): ChangeStream {
    const { now, retentionMs, shards } = this.#options;
    const stream = new ChangeStream({
      ...{ viewType, now, retentionMs, shards, keySchema: table.keySchema },
      ...{ tableName: table.name, tableArn: table.arn },
      nextSequence: () => {
        this.#sequence += SEQUENCE_STEP;
        return this.#sequence;
      },
    });
    this.#streams.set(stream.arn, stream);
    return stream;
  }

  async #until(tableName: string, reached: (described: Answer) => boolean): Promise<void> {
    while (!reached(await this.#options.engine.call('DescribeTable', { TableName: tableName })))
      await delay(1);
  }

  /** What is known of a table, as the answer of another operation than DescribeTable. */
  async #describeAs(member: string, name: string): Promise<Answer> {
    const described = await this.#options.engine.call('DescribeTable', { TableName: name });
    return this.#patched({ status: described.status, body: { [member]: described.body.Table } }, member);
  }

  /** Adds what dynalite does not know of a table. */
  #patched(answer: Answer, member: string): Answer {
    const description = objectAt(answer.body, member);
    const table = this.get(textAt(description, 'TableName'));
    if (answer.status !== 200 || table === undefined) return answer;
    return {
      status: answer.status,
      body: {
        [member]: {
          ...description,
          ...describeProtection(table.protection, table.arn),
          ...(table.stream && describeStream(table.stream)),
        },
      },
    };
  }
}

function describeStream({ arn, label, enabled, options }: ChangeStream): JsonObject {
  const specification = { StreamEnabled: true, StreamViewType: options.viewType };
  return {
    ...(enabled && { StreamSpecification: specification }),
    ...{ LatestStreamArn: arn, LatestStreamLabel: label },
  };
}

function streamWanted(payload: JsonObject): StreamViewType | undefined | Answer {
  const specification = objectAt(payload, 'StreamSpecification');
  if (specification.StreamEnabled !== true) return undefined;
  const viewType = VIEW_TYPES.find((one) => one === specification.StreamViewType);
  const asked = String(specification.StreamViewType);
  return (
    viewType ??
    refusal(
      'ValidationException',
      `StreamViewType '${asked}' is invalid: use one of ${VIEW_TYPES.join(', ')}.`,
    )
  );
}

function isAnswer(value: StreamViewType | undefined | Answer): value is Answer {
  return isJsonObject(value);
}
