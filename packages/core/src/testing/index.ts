export { describeAccountTotals, type TotalsUnderTest } from './account-totals-conformance.ts';
export { anyEvent, anyId, anyOrigin } from './arbitraries.ts';
export { describeEventStore, type StoreUnderTest } from './event-store-conformance.ts';
export {
  faultsOfPublished,
  meaningOfStream,
  type PublishedEvents,
  type PublishedFiles,
  type Samples,
} from './published-events.ts';
export { describePublishedEvents, publishEvents, readPublished } from './published-folder.ts';
export { type EventDetails, sampleEvent, uniqueName } from './sample-event.ts';
export {
  describeEventStoreUnderFaults,
  type FaultyStore,
  type RequestCount,
} from './store-fault-conformance.ts';
