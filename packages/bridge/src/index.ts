export * from './authorise.ts';
export { type BatchLimits, cutBatches, eventGridLimits } from './batch.ts';
export * from './dead-letter.ts';
export * from './event-grid.ts';
export * from './forward.ts';
export * from './receive.ts';
export * from './reconcile/index.ts';
export * from './relay.ts';
