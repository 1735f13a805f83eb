export type { Reply } from './answer.ts';
export {
  apiGateway,
  type GatewayEventV1,
  type GatewayEventV2,
  type GatewayResult,
} from './api-gateway.ts';
export type { ApiRequest, RequestHeaders } from './api-request.ts';
export { azureFunctions, type FunctionsRequest, type FunctionsResponse } from './azure-functions.ts';
export {
  type BearerTokensOptions,
  bearerTokens,
  type TokenAlgorithm,
  tokenAlgorithms,
} from './callers/bearer-tokens.ts';
export {
  type Authenticate,
  type Caller,
  KeysUnavailableError,
  type NotAuthenticated,
} from './callers/caller.ts';
export type { Cors } from './cors.ts';
export {
  createHealth,
  type Health,
  type HealthOptions,
  type Judgement,
  storeCheck,
} from './health/health.ts';
export type { HealthDetail, HealthReport } from './health/health-answers.ts';
export { createHttpApi, type HttpApi, type HttpApiOptions } from './http-api.ts';
export { maxBodyBytes, maxHeaderSize, maxUrlLength } from './limits.ts';
export { createNodeServer, type NodeApiServer, nodeServer } from './node-server.ts';
export type { Fault } from './problem.ts';
export { type ConsistencyToken, formatToken, parseToken } from './token.ts';
export type { ConflictView, CurrentTransaction, ReportedConflict, TransactionView } from './views.ts';
