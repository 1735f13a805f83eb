/** `receive.handler`, on the inbound queue, if there is one, with `ReportBatchItemFailures`. */
import { deployedCell } from '../deployed.ts';

const cell = deployedCell();

export const handler: typeof cell.receive = cell.receive;
