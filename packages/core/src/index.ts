export * from './aggregate.ts';
export * from './errors.ts';
export type { InForce } from './event-maker.ts';
export * from './json.ts';
export type { PendingEvent, PendingReason } from './log/counted.ts';
export { parseEvent } from './log/envelope.ts';
export {
  accountOf,
  canonically,
  cellOf,
  type DomainEvent,
  dataschemaOf,
  type EventData,
  formatSequence,
  isPlainText,
  maxIdLength,
  opensStream,
  originName,
  originOf,
  sameEvent,
  sequenceOf,
  sourceOf,
  subjectOf,
  timeOf,
} from './log/event.ts';
export { eventTime, firstEventIdAt, nextEventId } from './log/event-id.ts';
export {
  type EventOf,
  type EventTypes,
  type EventVersion,
  eventTypes,
  type Upcast,
  upcastTo,
} from './log/event-types.ts';
export { fingerprintOf } from './log/fingerprint.ts';
export { foldEvents } from './log/fold.ts';
export { type Claim, type Conflict, commandOf, type Fold, type Request } from './log/folded.ts';
export { type JsonSchema, jsonSchemasOf, type PublishedSchema } from './log/json-schema.ts';
export type {
  CompensatedData,
  Compensation,
  Meaning,
  RefusedData,
  RequestedData,
  SettledData,
} from './log/meaning.ts';
export { compareStamps } from './log/superseded.ts';
export * from './log/version-vector.ts';
export * from './outcome.ts';
export * from './policy/assignment.ts';
export { type AssignmentChange, changeAssignment } from './policy/assignment-change.ts';
export * from './policy/assignment-log.ts';
export * from './policy/home-cell.ts';
export * from './policy/settlement.ts';
export * from './projection/account-totals.ts';
export { createMemoryContributions } from './projection/memory-contributions.ts';
export * from './runtime.ts';
export * from './service.ts';
export type { ServiceOptions } from './service-options.ts';
export { type ClockSkew, createClockSkew } from './store/clock-skew.ts';
export * from './store/event-store.ts';
export { createMemoryStore } from './store/memory.ts';
export { withMemorySnapshots } from './store/memory-snapshots.ts';
export * from './store/paging.ts';
export type { Recent, SnapshotStore } from './store/snapshots.ts';
export { currencyExponents } from './transaction/currencies.ts';
export {
  type Amount,
  formatMinor,
  formatMoney,
  type Money,
  maxAmountDigits,
  parseMoney,
} from './transaction/money.ts';
export * from './transaction/transaction.ts';
export { accountPart, transactionId, transactionIdPattern } from './transaction/transaction-id.ts';
