export {
  type DynamoDbEmulator,
  type DynamoDbFault,
  type DynamoDbFaultHook,
  type DynamoDbOperation,
  type DynamoDbOptions,
  type DynamoDbRequest,
  startDynamoDb,
} from './dynamodb.ts';
export { type Item, itemSize } from './item.ts';
export { type DynamoDbMeter, type MeteredDynamoDbRequest, meterDynamoDb } from './meter.ts';
