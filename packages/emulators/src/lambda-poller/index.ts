export { type Checkpoint, type CheckpointStore, createCheckpoints } from './checkpoints.ts';
export type { DiscardReason, FailureRecord } from './failure-record.ts';
export { type LambdaPoller, startLambdaPoller } from './lambda-poller.ts';
export type { BatchReport, LambdaPollerOptions, StreamFunction } from './mapping.ts';
