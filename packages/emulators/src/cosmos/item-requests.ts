import type { Account } from './account.ts';
import { type Answer, errorBody, Refused } from './answer.ts';
import type { Container } from './container.ts';
import {
  type ItemOperation,
  type ItemOutcome,
  type OperationContext,
  runTransaction,
} from './item-operations.ts';
import { parseItem } from './item-rules.ts';
import type { PartitionKey } from './partition-key.ts';
import { type CosmosRequest, header, partitionKeyHeader } from './request.ts';

/** What answering about items needs besides the request. */
export interface ItemContext {
  readonly account: Account;
  readonly container: Container;
  readonly now: () => number;
}

/** Answers create, upsert, read, replace and delete of one item. */
export function answerItem(
  context: ItemContext,
  kind: ItemOperation['kind'],
  request: CosmosRequest,
): Answer {
  const key = requiredKey(context.container, partitionKeyHeader(request));
  const operation = operationFor(kind, request);
  const [outcome] = runTransaction(operationContext(context, request, key), [operation]);
  if (outcome === undefined) throw new Error('a transaction of one operation has one outcome');
  return { ...answerOf(outcome), ...sessionOf(context.container, key) };
}

/** Where operations on one partition key run. */
export function operationContext(
  context: ItemContext,
  request: CosmosRequest,
  key: PartitionKey,
): OperationContext {
  return {
    container: context.container,
    link: request.segments.slice(0, 4).join('/'),
    key,
    now: context.now(),
    nextEtag: context.account.nextEtag,
  };
}

/** Holds a partition key to the container's definition. @throws Refused 400 */
export function requiredKey(container: Container, key: PartitionKey | undefined): PartitionKey {
  const { paths } = container.partitionKey;
  if (key === undefined) {
    throw new Refused(400, 'PartitionKey value must be supplied for this operation.');
  }
  if (key.length === paths.length) return key;
  throw new Refused(
    400,
    `Partition key provided has ${key.length} component(s), but the definition in the collection has ${paths.length}: ` +
      `${paths.join(', ')}.`,
    1001,
  );
}

/** `x-ms-session-token` for the partition that a key lies in. */
export function sessionOf(container: Container, key: PartitionKey): { readonly session?: string } {
  const physical = container.find(key)?.physical;
  return physical === undefined ? {} : { session: `${physical.id}:-1#${physical.lsn}` };
}

function operationFor(kind: ItemOperation['kind'], request: CosmosRequest): ItemOperation {
  const ifMatch = header(request, 'if-match');
  const condition = ifMatch === undefined ? {} : { ifMatch };
  const id = request.segments[5] ?? '';
  switch (kind) {
    case 'create':
    case 'upsert':
      return { kind, item: parseItem(request.body), ...condition };
    case 'replace':
      return { kind, id, item: parseItem(request.body), ...condition };
    case 'delete':
      return { kind, id, ...condition };
    case 'read': {
      const ifNoneMatch = header(request, 'if-none-match');
      return { kind, id, ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) };
    }
  }
}

function answerOf(outcome: ItemOutcome): Answer {
  const { status, substatus, charge, item, message } = outcome;
  const base = { status, charge, ...(substatus === undefined ? {} : { substatus }) };
  if (message !== undefined) return { ...base, body: errorBody(status, message) };
  if (item === undefined) return base;
  const headers = { etag: item.etag, lsn: String(item.lsn) };
  return status === 304 ? { ...base, headers } : { ...base, headers, body: item.text };
}
