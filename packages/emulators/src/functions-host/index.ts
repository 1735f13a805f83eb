export {
  type FunctionsHost,
  type FunctionsHostOptions,
  type HostFault,
  type HttpFunction,
  MAX_BODY_BYTES,
  startFunctionsHost,
} from './functions-host.ts';
export {
  type HttpRequestParts,
  type HttpResponseParts,
  toHttpRequest,
  toParts,
} from './http-conversion.ts';
