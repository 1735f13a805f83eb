export { type DecodedChange, decodeChange } from './change-feed.ts';
export { containerDefinition, createContainer } from './container.ts';
export { contributionsContainerDefinition, createCosmosContributions } from './contributions.ts';
export { type CosmosEventStoreOptions, createCosmosEventStore } from './cosmos-event-store.ts';
export {
  decodeDocument,
  documentSize,
  type EventDocument,
  encodeDocument,
  maxDocumentBytes,
} from './document.ts';
