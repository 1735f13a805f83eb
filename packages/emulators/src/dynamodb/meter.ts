import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isJsonObject, isList } from './wire.ts';

/** A request that a client sent, answered or not; a repetition is a request of its own. */
export interface MeteredDynamoDbRequest {
  readonly kind: 'read' | 'write';
  /** For example `PutItem`. */
  readonly operation: string;
  /** Capacity units that the answer says were consumed, indexes included; 0 where there was none. */
  readonly units: number;
}

export interface DynamoDbMeter {
  /** The requests for data since this was last asked. */
  readonly taken: () => readonly MeteredDynamoDbRequest[];
}

const reads: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'TransactGetItems', 'Query', 'Scan']);
const writes: ReadonlySet<string> = new Set([
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'TransactWriteItems',
]);

/**
 * Counts what a client asks of the service, whichever library uses the client and wherever it points. It asks for
 * the consumed capacity with every request, and hides nothing of the answers.
 */
export function meterDynamoDb(client: DynamoDBClient): DynamoDbMeter {
  let taken: MeteredDynamoDbRequest[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      const isData = kindOf(operationIn(context.commandName)) !== undefined;
      if (isData) Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      return next(args);
    },
    { step: 'initialize', name: 'meterAsks' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = operationIn(context.commandName);
      const kind = kindOf(operation);
      let units = 0;
      try {
        const answer = await next(args);
        units = unitsIn(answer.output);
        return answer;
      } finally {
        if (kind) taken.push({ kind, operation, units });
      }
    },
    { step: 'deserialize', priority: 'high', name: 'meterCounts' },
  );
  return {
    taken: () => {
      const since = taken;
      taken = [];
      return since;
    },
  };
}

function operationIn(commandName: string | undefined): string {
  return (commandName ?? '').replace(/Command$/, '');
}

function kindOf(operation: string): 'read' | 'write' | undefined {
  if (reads.has(operation)) return 'read';
  return writes.has(operation) ? 'write' : undefined;
}

function unitsIn(output: unknown): number {
  const consumed = isJsonObject(output) ? output.ConsumedCapacity : undefined;
  const parts = isList(consumed) ? consumed : [consumed];
  return parts.reduce<number>(
    (sum, part) => sum + (isJsonObject(part) ? Number(part.CapacityUnits ?? 0) : 0),
    0,
  );
}
