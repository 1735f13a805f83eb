import { type Answer, Refused } from './answer.ts';
import { type ItemOperation, type ItemOutcome, runTransaction } from './item-operations.ts';
import { type ItemContext, operationContext, requiredKey, sessionOf } from './item-requests.ts';
import { checkItem, maximumItemBytes } from './item-rules.ts';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';
import { type PartitionKey, parsePartitionKey } from './partition-key.ts';
import { type CosmosRequest, flag, header, partitionKeyHeader } from './request.ts';

/** The most operations in one batch (service limits, "Per-request limits"). */
export const maximumBatchOperations = 100;

/** Answers a transactional batch: 200 when all took effect; 207 when one failed, the others 424, and none did. */
export function answerBatch(context: ItemContext, request: CosmosRequest): Answer {
  const key = requiredKey(context.container, partitionKeyHeader(request));
  const operations = parseOperations(request).map(({ operation }) => operation);
  const outcomes = runTransaction(operationContext(context, request, key), operations);
  return { ...answerOf(outcomes, header(request, 'prefer')), ...sessionOf(context.container, key) };
}

/** Answers a bulk request: each operation for itself, each with its own partition key. */
export function answerBulk(context: ItemContext, request: CosmosRequest): Answer {
  const goOn = flag(request, 'x-ms-cosmos-batch-continue-on-error');
  const outcomes: ItemOutcome[] = [];
  let stopped = false;
  for (const { operation, key } of parseOperations(request)) {
    if (stopped) {
      outcomes.push({ status: 424, charge: 0, message: 'An operation before this one failed.' });
      continue;
    }
    const at = operationContext(context, request, requiredKey(context.container, key));
    const [outcome] = runTransaction(at, [operation]);
    if (outcome !== undefined) outcomes.push(outcome);
    stopped = !goOn && outcome !== undefined && outcome.status >= 400;
  }
  return answerOf(outcomes, header(request, 'prefer'));
}

interface ParsedOperation {
  readonly operation: ItemOperation;
  readonly key: PartitionKey | undefined;
}

function parseOperations(request: CosmosRequest): readonly ParsedOperation[] {
  const bytes = Buffer.byteLength(request.body);
  if (bytes > maximumItemBytes) {
    throw new Refused(
      413,
      `Request size is too large: the batch has ${bytes} bytes, the limit is ${maximumItemBytes}.`,
    );
  }
  const given = parseJson(request.body);
  if (!Array.isArray(given) || given.length === 0)
    throw new Refused(400, 'A batch is a list of at least one operation.');
  if (given.length > maximumBatchOperations) {
    throw new Refused(
      400,
      `Batch request has ${given.length} operations; the limit is ${maximumBatchOperations}.`,
    );
  }
  return given.map((one, index) => {
    const operation = isJsonObject(one) ? parseOperation(one) : undefined;
    if (operation === undefined) {
      throw new Refused(
        400,
        `The stand-in does not know operation ${index} of the batch: ${JSON.stringify(one)}.`,
      );
    }
    const key =
      isJsonObject(one) && typeof one.partitionKey === 'string'
        ? parsePartitionKey(one.partitionKey)
        : undefined;
    return { operation, key };
  });
}

function parseOperation(given: JsonObject): ItemOperation | undefined {
  const condition = typeof given.ifMatch === 'string' ? { ifMatch: given.ifMatch } : {};
  const id = given.id;
  switch (given.operationType) {
    case 'Create':
      return { kind: 'create', item: itemIn(given), ...condition };
    case 'Upsert':
      return { kind: 'upsert', item: itemIn(given), ...condition };
    case 'Replace':
      return typeof id === 'string' ? { kind: 'replace', id, item: itemIn(given), ...condition } : undefined;
    case 'Delete':
      return typeof id === 'string' ? { kind: 'delete', id, ...condition } : undefined;
    case 'Read':
      if (typeof id !== 'string') return undefined;
      return {
        kind: 'read',
        id,
        ...(typeof given.ifNoneMatch === 'string' ? { ifNoneMatch: given.ifNoneMatch } : {}),
      };
    default:
      return undefined;
  }
}

function itemIn(given: JsonObject): JsonObject & { readonly id: string } {
  const item = given.resourceBody;
  if (!isJsonObject(item))
    throw new Refused(400, 'A Create, Upsert or Replace in a batch needs a resourceBody.');
  checkItem(item, Buffer.byteLength(JSON.stringify(item)));
  return item;
}

function answerOf(outcomes: readonly ItemOutcome[], prefer: string | undefined): Answer {
  const failed = outcomes.some(({ status }) => status >= 400);
  const results = outcomes.map(({ status, substatus, charge, item, message }) => ({
    statusCode: status,
    requestCharge: charge,
    ...(substatus === undefined ? {} : { subStatusCode: substatus }),
    ...(item === undefined ? {} : { eTag: item.etag }),
    ...(item === undefined || status === 304 || prefer === 'return=minimal'
      ? {}
      : { resourceBody: item.body }),
    ...(message === undefined ? {} : { message }),
  }));
  const charge = Math.round(outcomes.reduce((sum, outcome) => sum + outcome.charge, 0) * 100) / 100;
  return { status: failed ? 207 : 200, body: JSON.stringify(results), charge };
}
