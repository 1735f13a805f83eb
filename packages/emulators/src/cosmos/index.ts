export { cosmosClient, openContainer } from './client.ts';
export { type CosmosEmulator, type CosmosOptions, startCosmos } from './cosmos-emulator.ts';
export type {
  CosmosFault,
  CosmosFaultHook,
  CosmosOperation,
  CosmosOperationKind,
  CosmosRequestRecord,
} from './fault.ts';
