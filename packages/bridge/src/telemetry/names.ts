/**
 * The names of Twinlog's metrics, spans and structured logs: one list, and stable. Every attribute is one of
 * `attributes`; cells are told by name.
 */
export const names = {
  /** Histogram, seconds: from an event's decision in `twinlog.from` until it is stored in `twinlog.cell`. */
  replicationLag: 'twinlog.replication.lag',
  /** Counter, events that came in, by `twinlog.from` and `twinlog.outcome`: stored, duplicate, deadLetter. Also a span. */
  received: 'twinlog.replication.received',
  /** Histogram, events in one publish request. */
  batchSize: 'twinlog.publish.batch.size',
  /** Counter, events published; by `twinlog.outcome`: published, failed. Also a span. */
  published: 'twinlog.publish.events',
  /** Counter, things kept as dead letters, by `twinlog.direction` and `twinlog.code`. Also a log. */
  deadLetters: 'twinlog.dead_letters',
  /** Counter, places at which two cells hold different events (R5). Also a log, as an error. */
  divergences: 'twinlog.divergences',
  /** Counter, streams met with events that do not count yet (R3), by `twinlog.reason`. */
  pending: 'twinlog.pending',
  /** Counter, conflicts that were settled for good (R16). */
  conflicts: 'twinlog.conflicts.settled',
  /** Counter, compensations carried out. */
  compensations: 'twinlog.compensations',
  /** Counter, requests of other cells that were decided (R15). */
  requests: 'twinlog.requests.decided',
  /** Counter, events that reconcile or repair brought, by `twinlog.from`: the cell that decided them. Also a log. */
  pulled: 'twinlog.reconcile.pulled',
  /** Counter, events of a peer that a run of reconcile could not take. Also a log. */
  rejected: 'twinlog.reconcile.rejected',
  /** Counter, runs of reconcile in which a peer did not answer. Also a log. */
  unreachable: 'twinlog.reconcile.unreachable',
  /** Counter, by `error.type`, of what could not be done and is tried again, or was answered 500. Also a log, as an error. */
  failures: 'twinlog.failures',
  /** Span: a command, from its arrival until its event is written or it is refused. `twinlog.outcome` is what came of it. */
  command: 'twinlog.command',
  /** Span: an event of another cell counts in this one's fold for the first time since it came, in this process. */
  fold: 'twinlog.fold',
} as const;

/**
 * The attributes. Where the semantic conventions of OpenTelemetry have a name for what is meant it is theirs: the groups `cloudevents`,
 * `messaging` and `error` of its registry (the first two are in development there).
 */
export const attributes = {
  cell: 'twinlog.cell',
  from: 'twinlog.from',
  outcome: 'twinlog.outcome',
  direction: 'twinlog.direction',
  code: 'twinlog.code',
  reason: 'twinlog.reason',
  stream: 'twinlog.stream',
  detail: 'twinlog.detail',
  letter: 'twinlog.letter',
  count: 'twinlog.count',
  eventId: 'cloudevents.event_id',
  eventSource: 'cloudevents.event_source',
  eventType: 'cloudevents.event_type',
  eventSubject: 'cloudevents.event_subject',
  /** Of a span that publishes or takes in; `eventgrid`. */
  messagingSystem: 'messaging.system',
  /** `send` where events are published, `process` where one is taken in. */
  operationType: 'messaging.operation.type',
  /** Events in one publish request. */
  messageCount: 'messaging.batch.message_count',
  /** Of what failed: the error's `code` where it has one, or else its name. */
  errorType: 'error.type',
} as const;
