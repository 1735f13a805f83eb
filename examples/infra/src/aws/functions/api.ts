/** `api.handler`, behind API Gateway (HTTP or REST): every route. */
import { deployedCell } from '../deployed.ts';

const cell = deployedCell();

export const handler: typeof cell.api = cell.api;
