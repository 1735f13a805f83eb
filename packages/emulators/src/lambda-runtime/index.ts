export { LambdaFunctionError, type LambdaRuntimeApi, startLambdaRuntimeApi } from './runtime-api.ts';
