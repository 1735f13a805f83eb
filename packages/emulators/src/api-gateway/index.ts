export {
  type ApiGatewayEmulator,
  type ApiGatewayFault,
  type ApiGatewayFaultHook,
  type ApiGatewayOptions,
  type ApiGatewayRequest,
  type HttpApiOptions,
  type RestApiOptions,
  startApiGateway,
} from './api-gateway.ts';
export { type RestIdentity, toPayloadV1 } from './payload-v1.ts';
export { toPayloadV2 } from './payload-v2.ts';
export type { ApiIdentity, RequestParts } from './request-parts.ts';
export { fromResultV1, fromResultV2, type HttpAnswer } from './result.ts';
