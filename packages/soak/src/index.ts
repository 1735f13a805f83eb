export type { WiredCell } from './faults/wired-cell.ts';
export { startWiredMatrix, type WiredMatrix } from './faults/wired-matrix.ts';
export { openSqliteLog, type SqliteLog } from './sqlite-log.ts';
