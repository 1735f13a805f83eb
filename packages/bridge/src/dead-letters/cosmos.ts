import type { Container, ContainerDefinition } from '@azure/cosmos';
import { StoreUnavailableError, TwinlogError } from '@twinlog/core';
import * as z from 'zod';
import { type DeadLetterSummary, type DeadLetters, IncompleteLetterError } from './dead-letter.ts';
import { fromStored, readHead, readSummary, restIds, toStored } from './parts.ts';

/**
 * Below a document's 2 MB with all else that it holds.
 * https://learn.microsoft.com/azure/cosmos-db/concepts-limits#per-item-limits
 */
const partLength = 1_500_000;

/** The container, in the shape that the service takes. The letters' contents are not indexed. */
export function deadLetterContainer(id: string): ContainerDefinition {
  return {
    id,
    partitionKey: { paths: ['/id'] },
    indexingPolicy: {
      automatic: true,
      indexingMode: 'consistent',
      includedPaths: [{ path: '/id/?' }, { path: '/code/?' }],
      excludedPaths: [{ path: '/*' }],
    },
  };
}

const partDocument = z.object({ part: z.string() });

/**
 * Dead letters in a Cosmos DB container whose partition key is `/id` (`deadLetterContainer`). It needs to create, read, upsert, delete and
 * query items; the relay and the receiver only to upsert.
 */
export function createCosmosDeadLetters(container: Container): DeadLetters {
  const attempt = async <Result>(what: string, action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (cause) {
      if (cause instanceof TwinlogError) throw cause;
      throw new StoreUnavailableError(`Dead letters in ${container.id}: ${what} failed.`, { cause });
    }
  };
  const read = async (id: string): Promise<unknown> => (await container.item(id, id).read()).resource;

  return {
    put: (letter) =>
      attempt(`keeping ${letter.id}`, async () => {
        const { head, rest } = toStored(letter, partLength);
        for (const part of [...rest, head]) await container.items.upsert(part);
      }),

    list: ({ limit, after = '' }) =>
      attempt('listing', async () => {
        const query =
          'SELECT c.id, c.direction, c.code, c.detail, c.at FROM c WHERE c.id > @after AND IS_DEFINED(c.code) ORDER BY c.id';
        const parameters = [{ name: '@after', value: after }];
        const rows = container.items.query({ query, parameters }, { maxItemCount: limit + 1 });
        const items: DeadLetterSummary[] = [];
        while (rows.hasMoreResults()) {
          for (const row of (await rows.fetchNext()).resources ?? []) {
            const last = items.at(-1);
            if (items.length === limit && last) return { items, next: last.id };
            items.push(readSummary(row));
          }
        }
        return { items };
      }),

    get: (id) =>
      attempt(`reading ${id}`, async () => {
        const document = await read(id);
        if (document === undefined) return undefined;
        const head = readHead(document);
        const rest = await Promise.all(
          restIds(head).map(async (part) => partDocument.safeParse(await read(part)).data?.part),
        );
        const letter = fromStored(head, rest);
        // Without its head it is being removed, head first, and so gone.
        if (letter !== undefined || (await read(id)) === undefined) return letter;
        throw new IncompleteLetterError(id);
      }),

    remove: (id) =>
      attempt(`removing ${id}`, async () => {
        const document = await read(id);
        if (document === undefined) return;
        // The head first: whoever breaks off leaves parts that nobody sees, and that take no more than their room.
        for (const part of [id, ...restIds(readHead(document))]) await forget(container, part);
      }),
  };
}

async function forget(container: Container, id: string): Promise<void> {
  try {
    await container.item(id, id).delete();
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 404) return;
    throw error;
  }
}
