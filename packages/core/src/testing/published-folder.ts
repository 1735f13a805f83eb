import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AggregateEvent } from '../aggregate.ts';
import type { EventData } from '../log/event.ts';
import { jsonSchemasOf } from '../log/json-schema.ts';
import {
  faultsOfPublished,
  type PublishedEvents,
  type PublishedFiles,
  parseSums,
  schemaFile,
  sumOf,
  sumsFile,
} from './published-events.ts';

/** The files of a folder of published events. @param folder ends with a slash. */
export async function readPublished(folder: URL): Promise<PublishedFiles> {
  const names = await readdir(folder);
  const texts = names
    .toSorted()
    .map(async (name): Promise<[string, string]> => [name, await readFile(new URL(name, folder), 'utf8')]);
  return new Map(await Promise.all(texts));
}

/** Of `PublishedEvents`, what publishing takes. */
interface Publishing {
  readonly aggregate: Parameters<typeof jsonSchemasOf>[0];
  readonly hasRecords?: boolean;
}

/**
 * Publishes what of an aggregate's events the folder does not have yet: writes the schema of each new version, and
 * takes every new file, samples too, into `SHA256SUMS`. What is published already it leaves as it is.
 *
 * @returns the names of the files that are new.
 */
export async function publishEvents(
  { aggregate, hasRecords }: Publishing,
  folder: URL,
): Promise<readonly string[]> {
  const held = await readPublished(folder);
  for (const { type, schema } of jsonSchemasOf(aggregate, hasRecords)) {
    const name = schemaFile(type);
    if (!held.has(name)) await writeFile(new URL(name, folder), `${JSON.stringify(schema, undefined, 2)}\n`);
  }
  const files = await readPublished(folder);
  const sums = new Map(parseSums(files.get(sumsFile) ?? ''));
  const fresh = [...files.keys()].filter(
    (name) => name.startsWith(`${aggregate.typePrefix}.`) && !sums.has(name),
  );
  for (const name of fresh) sums.set(name, sumOf(files.get(name) ?? ''));
  const lines = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => `${sum}  ${name}\n`);
  await writeFile(new URL(sumsFile, folder), lines.join(''));
  return fresh;
}

/** Registers the test that holds an aggregate's code to what was published of its events, with vitest. */
export function describePublishedEvents<
  State extends object,
  Command extends EventData,
  Event extends AggregateEvent,
>(events: PublishedEvents<State, Command, Event>, folder: URL): void {
  test(`every version of ${events.aggregate.typePrefix} ever published reads as it did`, async () => {
    expect(faultsOfPublished(events, await readPublished(folder))).toEqual([]);
  });
}
