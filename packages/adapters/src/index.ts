export {
  apiGateway,
  type GatewayEventV1,
  type GatewayEventV2,
  type GatewayResult,
} from './api-gateway.ts';
export { azureFunctions, type FunctionsRequest, type FunctionsResponse } from './azure-functions.ts';
export { maxBodyBytes } from './body.ts';
export { createHttpApi, type HttpApi, type HttpApiOptions } from './http-api.ts';
export { nodeServer } from './node-server.ts';
export type { Fault } from './problem.ts';
export { type ConsistencyToken, formatToken, parseToken } from './token.ts';
export type { ConflictView, CurrentTransaction, ReportedConflict, TransactionView } from './views.ts';
