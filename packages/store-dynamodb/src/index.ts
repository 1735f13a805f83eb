export { clientDefaults } from './client-defaults.ts';
export { contributionsTableDefinition, createDynamoDbContributions } from './contributions.ts';
export { createDynamoDbEventStore, type DynamoDbEventStoreOptions } from './dynamodb-event-store.ts';
export { decodeItem, encodeItem, type Item, itemSize, maxItemBytes } from './item.ts';
export { printTable, type TableFormat, tableFormats } from './print-table.ts';
export { type DecodedRecord, decodeStreamRecord, type StreamRecord } from './stream-record.ts';
export { createTable, indexes, pointInTimeRecovery, tableDefinition } from './table.ts';
