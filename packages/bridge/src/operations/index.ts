export type { CellOperations, CellStatus, PullReport, RecoveryReport } from './cell-operations.ts';
export { operationsEndpoint, operationsPath } from './endpoint.ts';
export { httpOperations } from './http-operations.ts';
export { OperationRefusedError } from './operation-error.ts';
