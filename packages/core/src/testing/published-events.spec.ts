import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { AggregateEvent } from '../aggregate.ts';
import { type EventTypes, eventTypes, upcastTo } from '../log/event-types.ts';
import { publishedFolder, publishedTransaction } from '../published.fixture.ts';
import {
  faultsOfPublished,
  type PublishedFiles,
  samplesFile,
  schemaFile,
  sumsFile,
} from './published-events.ts';
import { publishEvents, readPublished } from './published-folder.ts';

const { aggregate } = publishedTransaction;
const captured = `${aggregate.typePrefix}.captured.v1`;

let files: PublishedFiles;
beforeAll(async () => {
  files = await readPublished(publishedFolder);
});

/** What is found wrong with the transaction where an event is read otherwise. */
function faultsWith(changes: Partial<EventTypes<never>>, changedFiles = files): readonly string[] {
  const events = { ...aggregate.events, ...changes };
  return faultsOfPublished({ ...publishedTransaction, aggregate: { ...aggregate, events } }, changedFiles);
}

function schemasWith(type: string, schema: z.ZodType) {
  return { schemas: new Map(aggregate.events.schemas).set(type, schema) };
}

function without(name: string): PublishedFiles {
  return new Map([...files].filter(([file]) => file !== name));
}

describe('a published version of an event', () => {
  it('that is as it was has no fault', () => {
    expect(faultsWith({})).toEqual([]);
  });

  it.each([
    ['loses a field', z.object({ amount: z.string().regex(/^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/) })],
    [
      'gains a field',
      z.object({ amount: z.string(), currency: z.string(), note: z.string().exactOptional() }),
    ],
    ['has a field loosened', z.object({ amount: z.union([z.string(), z.number()]), currency: z.string() })],
    ['has a field made optional', z.object({ amount: z.string(), currency: z.string().exactOptional() })],
  ])('that %s fails', (_, schema) => {
    expect(faultsWith(schemasWith('captured.v1', schema))).toEqual([
      `${schemaFile(captured)} is not what the code's schema says: a change takes a new version.`,
    ]);
  });

  it('that the code lost fails', () => {
    const schemas = new Map(aggregate.events.schemas);
    schemas.delete('captured.v1');
    expect(faultsWith({ schemas })).toContain(
      `${schemaFile(captured)} was published, and the code does not know it any more.`,
    );
  });

  it('that takes data which it did not take fails, though no JSON Schema could say so', () => {
    const understand = (event: AggregateEvent) =>
      aggregate.events.understand(
        event.data.amount === '1.001' ? { ...event, data: { ...event.data, amount: '1.00' } } : event,
      );
    const events = { ...aggregate.events, understand };
    expect(
      faultsOfPublished({ ...publishedTransaction, aggregate: { ...aggregate, events } }, files),
    ).toEqual(
      ['captured', 'created', 'refunded'].map((name) => expect.stringContaining(`${name}.v1 now takes what`)),
    );
  });

  it('that is read to another meaning fails, and the fault says which', () => {
    const understand = (event: AggregateEvent) =>
      aggregate.events.understand(
        event.data.amount === '5.50' ? { ...event, data: { ...event.data, amount: '5.00' } } : event,
      );
    const events = { ...aggregate.events, understand };
    expect(
      faultsOfPublished({ ...publishedTransaction, aggregate: { ...aggregate, events } }, files),
    ).toEqual([
      expect.stringMatching(
        /captured\.v1, "a part of the amount, and the rest" meant state .*"10\.00".*"9\.50"/,
      ),
    ]);
  });

  it('that has no samples, or no schema, fails', () => {
    for (const name of [samplesFile(captured), schemaFile(captured)]) {
      expect(faultsWith({}, without(name))).toEqual(
        expect.arrayContaining([
          `${name} was published and is gone.`,
          expect.stringContaining(`${name} is missing`),
        ]),
      );
    }
  });

  it('that was never published fails', () => {
    expect(faultsWith(schemasWith('tipped.v1', z.object({})))).toEqual([
      `${schemaFile(`${aggregate.typePrefix}.tipped.v1`)} is missing: publish it.`,
      `${samplesFile(`${aggregate.typePrefix}.tipped.v1`)} is missing: every version has samples.`,
    ]);
  });

  it('whose samples are edited, or are not in the list of hashes, fails', () => {
    const name = samplesFile(captured);
    const edited = new Map(files).set(name, `${files.get(name)}\n`);
    expect(faultsWith({}, edited)).toEqual([`${name} was edited after it was published.`]);
    const sums = (files.get(sumsFile) ?? '').split('\n').filter((line) => !line.endsWith(name));
    expect(faultsWith({}, new Map(files).set(sumsFile, sums.join('\n')))).toEqual([
      `${name} is not in ${sumsFile}: publish it.`,
    ]);
  });
});

describe('publishing', () => {
  it('writes what is new, and leaves what was published as it is', async () => {
    const path = await mkdtemp(join(tmpdir(), 'published-'));
    const folder = pathToFileURL(`${path}/`);
    try {
      const old = { ...aggregate, events: eventTypes({ 'paid.v1': z.object({ cents: z.int() }) }) };
      const name = schemaFile(`${aggregate.typePrefix}.paid.v1`);
      expect(await publishEvents({ aggregate: old, hasRecords: false }, folder)).toEqual([name]);
      const before = await readPublished(folder);

      const second = z.object({ cents: z.int(), currency: z.string() });
      const first = upcastTo(second, z.object({ cents: z.string() }), () => ({ cents: 1, currency: 'USD' }));
      const newer = { ...aggregate, events: eventTypes({ 'paid.v1': first, 'paid.v2': second }) };
      expect(await publishEvents({ aggregate: newer, hasRecords: false }, folder)).toEqual([
        schemaFile(`${aggregate.typePrefix}.paid.v2`),
      ]);
      const after = await readPublished(folder);
      expect(after.get(name)).toBe(before.get(name));
      expect(after.get(sumsFile)).toContain(before.get(sumsFile)?.trimEnd());
    } finally {
      await rm(path, { recursive: true });
    }
  });
});
