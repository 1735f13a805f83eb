export { type SoakCell, type SoakCellOptions, startSoakCell } from './cell.ts';
export { noFaults } from './random-faults.ts';
export { openSqliteLog, type SqliteLog } from './sqlite-log.ts';
