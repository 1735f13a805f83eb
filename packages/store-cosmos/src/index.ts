export { type DecodedChange, decodeChange } from './change-feed.ts';
export { clientDefaults } from './client-defaults.ts';
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
export {
  type ContainerFormat,
  type ContainerNames,
  containerFormats,
  printContainer,
} from './print-container.ts';
