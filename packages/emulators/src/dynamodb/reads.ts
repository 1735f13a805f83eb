import type { Engine } from './engine.ts';
import { type Answer, isJsonObject, type JsonObject } from './wire.ts';

/**
 * Performs Query and Scan. A read that finds nothing still costs one read unit, half when eventually consistent;
 * dynalite says 0.
 */
export async function readMany(
  engine: Engine,
  operation: 'Query' | 'Scan',
  payload: JsonObject,
): Promise<Answer> {
  const answer = await engine.call(operation, payload);
  const consumed = answer.body.ConsumedCapacity;
  if (!isJsonObject(consumed) || consumed.CapacityUnits !== 0) return answer;
  const least = { CapacityUnits: payload.ConsistentRead === true ? 1 : 0.5 };
  const index = typeof payload.IndexName === 'string' ? payload.IndexName : undefined;
  const detail = Object.entries(consumed).map(([member, value]) => {
    if (member === 'Table') return [member, index === undefined ? least : value];
    return [member, isJsonObject(value) && index !== undefined ? { [index]: least } : value];
  });
  const body = { ...answer.body, ConsumedCapacity: { ...Object.fromEntries(detail), ...least } };
  return { ...answer, body };
}
