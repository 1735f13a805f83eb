export { awsCell, createDeadLetterTable } from './aws/cell.ts';
export { awsRelay } from './aws/relay.ts';
export { awsTotals } from './aws/totals.ts';
export { apiMethods, azureCell } from './azure/cell.ts';
export { azureTotals } from './azure/totals.ts';
export type { Healed } from './healing.ts';
export type { Swept } from './open-streams.ts';
export { type CellSettings, cellSettings } from './settings.ts';
export { topicFrom } from './topic.ts';
