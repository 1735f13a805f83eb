export { describeAccountTotals, type TotalsUnderTest } from './account-totals-conformance.ts';
export { anyEvent, anyId, anyOrigin } from './arbitraries.ts';
export { describeEventStore } from './describe-event-store.ts';
export {
  type Cost,
  type CostLimits,
  type CostTable,
  describeEventStoreCosts,
} from './describe-event-store-costs.ts';
export { describeEventStoreUnderFaults } from './describe-event-store-faults.ts';
export { describeSnapshots, type SnapshotsUnderTest } from './describe-snapshots.ts';
export { type Affected, createFaultPlan, type FaultPlan } from './fault-plan.ts';
export {
  faultsOfPublished,
  meaningOfStream,
  type PublishedEvents,
  type PublishedFiles,
  type Samples,
} from './published-events.ts';
export { describePublishedEvents, publishEvents, readPublished } from './published-folder.ts';
export { type EventDetails, sampleEvent, uniqueName } from './sample-event.ts';
export type {
  FaultName,
  FaultyStore,
  MeteredRequest,
  MeteredStore,
  StoreUnderTest,
} from './store-under-test.ts';
