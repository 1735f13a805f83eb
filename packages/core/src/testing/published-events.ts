import { hash } from 'node:crypto';
import type { Aggregate, AggregateEvent } from '../aggregate.ts';
import { canonicalJson } from '../json.ts';
import { parseEvent } from '../log/envelope.ts';
import type { EventData } from '../log/event.ts';
import { foldEvents } from '../log/fold.ts';
import { type JsonSchema, jsonSchemasOf } from '../log/json-schema.ts';
import { formatVersion } from '../log/version-vector.ts';

/**
 * A folder of what was ever published, by file name: of each version of an event `<type>.schema.json` and
 * `<type>.samples.json`, and `SHA256SUMS`, which names the hash of every one of them (`sha256sum -c` reads it).
 */
export type PublishedFiles = ReadonlyMap<string, string>;

/** What a folder says of a version beside its schema. */
export interface Samples {
  /** Whole streams in which an event of the version counts, and what each stream came to when that was published. */
  readonly samples: readonly {
    readonly title: string;
    readonly stream: readonly EventData[];
    readonly means: JsonSchema;
  }[];
  /** Data that the version does not take: what no schema of JSON can say, so that no rule of it is loosened. */
  readonly malformed: readonly { readonly title: string; readonly data: EventData }[];
}

export interface PublishedEvents<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
> {
  readonly aggregate: Aggregate<State, Command, Event>;
  /** The state as JSON, in names that stay whatever becomes of the state's own. */
  readonly view: (state: State) => unknown;
  /** Whether streams of it hold records of refusals, requests and settlements too; true unless told. */
  readonly hasRecords?: boolean;
}

export const sumsFile = 'SHA256SUMS';
export const schemaFile = (type: string): string => `${type}.schema.json`;
export const samplesFile = (type: string): string => `${type}.samples.json`;

/** `<hash>  <file>` a line, as `sha256sum` writes it. */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

export function sumOf(text: string): string {
  return hash('sha256', text);
}

/**
 * What a stream comes to, in a form that two releases of the code can be held against each other by: the state,
 * what became of each command, conflicts, waiting requests, and how many events do not count.
 */
export function meaningOfStream<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
>(
  { aggregate, view }: PublishedEvents<State, Command, Event>,
  stream: readonly EventData[],
): { readonly [part: string]: unknown } {
  const fold = foldEvents(aggregate, stream.map(parseEvent));
  return {
    state: fold.state === undefined ? null : view(fold.state),
    version: formatVersion(fold.version),
    commands: Object.fromEntries(
      [...fold.claims].map(([id, { refused, conflict }]) => [
        id,
        refused ? `refused: ${refused.code}` : conflict ? `lost: ${conflict.code}` : 'applied',
      ]),
    ),
    requests: Object.fromEntries(
      [...fold.requests].map(([id, { requested }]) => [
        id,
        aggregate.readCommand?.(requested.command) ?? null,
      ]),
    ),
    conflicts: fold.conflicts.map(({ event, code, lostTo, isSettled, isCompensated, compensation }) => ({
      event: event.id,
      code,
      // Not pinned where there is none: a release may come to know what an event lost to.
      ...(lostTo !== undefined && { lost_to: lostTo }),
      settled: isSettled,
      compensated: isCompensated,
      compensation: compensation ?? null,
    })),
    pending: fold.pending.length,
  };
}

/**
 * What is wrong between the code and what was published: a version that the code lost, loosened or changed, one that
 * it has and nobody published, a file that was edited, a sample that is read to another meaning. Empty if nothing is.
 */
export function faultsOfPublished<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
>(events: PublishedEvents<State, Command, Event>, files: PublishedFiles): readonly string[] {
  const { aggregate, hasRecords } = events;
  const faults: string[] = [];
  const ofThis = [...files.keys()].filter((name) => name.startsWith(`${aggregate.typePrefix}.`));

  const sums = parseSums(files.get(sumsFile) ?? '');
  for (const name of ofThis) {
    const sum = sums.get(name);
    if (sum === undefined) faults.push(`${name} is not in ${sumsFile}: publish it.`);
    else if (sum !== sumOf(files.get(name) ?? '')) faults.push(`${name} was edited after it was published.`);
  }
  for (const name of sums.keys()) {
    if (!files.has(name)) faults.push(`${name} was published and is gone.`);
  }

  const current = new Map(
    jsonSchemasOf(aggregate, hasRecords).map(({ type, schema }) => [schemaFile(type), schema]),
  );
  for (const [name, schema] of current) {
    const published = files.get(name);
    if (published === undefined) faults.push(`${name} is missing: publish it.`);
    else if (canonicalJson(JSON.parse(published)) !== canonicalJson(schema)) {
      faults.push(`${name} is not what the code's schema says: a change takes a new version.`);
    }
  }
  for (const name of ofThis) {
    if (name.endsWith('.schema.json') && !current.has(name)) {
      faults.push(`${name} was published, and the code does not know it any more.`);
    }
  }

  for (const { type } of jsonSchemasOf(aggregate, hasRecords)) {
    const text = files.get(samplesFile(type));
    if (text === undefined) faults.push(`${samplesFile(type)} is missing: every version has samples.`);
    else faults.push(...faultsOfSamples(events, type, JSON.parse(text)));
  }
  return faults;
}

function faultsOfSamples<State extends object, Command extends EventData, Event extends AggregateEvent>(
  events: PublishedEvents<State, Command, Event>,
  type: string,
  { samples, malformed }: Samples,
): readonly string[] {
  const faults: string[] = [];
  const { aggregate } = events;
  if (samples.length === 0) faults.push(`${type} has no sample.`);
  for (const { title, stream, means } of samples) {
    const name = `${type}, "${title}"`;
    if (!stream.some((event) => event.type === type)) faults.push(`${name} holds no event of its type.`);
    const today = meaningOfStream(events, stream);
    for (const [part, meant] of Object.entries(means)) {
      if (keeps(today[part], meant)) continue;
      faults.push(
        `${name} meant ${part} ${JSON.stringify(meant)} and is now ${JSON.stringify(today[part])}.`,
      );
    }
  }
  for (const { title, data } of malformed) {
    const [sample] = samples.flatMap(({ stream }) => stream.filter((event) => event.type === type));
    const { pending } = foldEvents(aggregate, [
      parseEvent({ ...sample, sequence: '0000000001', seen: '', data }),
    ]);
    if (pending[0]?.reason !== 'not_understood')
      faults.push(`${type} now takes what it did not, "${title}": ${JSON.stringify(data)}.`);
  }
  return faults;
}

/** Whether a value still has all that was published of it: objects may have gained members, nothing else. */
function keeps(value: unknown, published: unknown): boolean {
  if (Array.isArray(published)) {
    return (
      Array.isArray(value) &&
      value.length === published.length &&
      published.every((item, at) => keeps(value[at], item))
    );
  }
  if (typeof published !== 'object' || published === null) return value === published;
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map(Object.entries(value));
  return Object.entries(published).every(([name, member]) => keeps(members.get(name), member));
}
