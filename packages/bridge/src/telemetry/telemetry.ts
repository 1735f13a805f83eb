import {
  type Attributes,
  context,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  cellOf,
  covers,
  type DomainEvent,
  type EventData,
  eventTime,
  originOf,
  type PendingEvent,
  type Service,
  sequenceOf,
  TwinlogError,
  type VersionVector,
} from '@twinlog/core';
import type { DeadLetters } from '../dead-letters/dead-letter.ts';
import type { Receipt } from '../intake.ts';
import type { Publish } from '../publish.ts';
import { attributes, names } from './names.ts';
import { contextOf, traceparentOf } from './trace-context.ts';

/** One line of a structured log: what happened, under the name of its metric. */
export interface LogRecord {
  readonly level: 'info' | 'warn' | 'error';
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** What a cell tells of itself through OpenTelemetry, as hooks for the parts of a cell. */
export interface Telemetry {
  /** For `onReceived` of an intake. */
  readonly received: (event: DomainEvent, receipt: Receipt) => void;
  /** For `onPulled` of reconcile and repair. */
  readonly pulled: (event: DomainEvent) => void;
  /** For `onPending` of a service. */
  readonly pending: (stream: string, pending: readonly PendingEvent[]) => void;
  /** To be told what a home did. */
  readonly swept: (done: {
    readonly decided: number;
    readonly settled: number;
    readonly compensated: number;
  }) => void;
  /** To be told what a run of reconcile came to. */
  readonly reconciled: (run: {
    readonly rejected: number;
    readonly failed: ReadonlyMap<string, string>;
  }) => void;
  /** To be told of what could not be done: for `onError` of receivers, of an HTTP API and of a sweep, and for the `error` that a relay tells of. */
  readonly failed: (error: unknown) => void;
  readonly publish: (publish: Publish) => Publish;
  readonly deadLetters: (letters: DeadLetters) => DeadLetters;
  /**
   * A service whose commands are spans, that go on from the caller's trace and that their events carry on; and which
   * tells of events of other cells when they are folded.
   */
  readonly service: <
    State extends object,
    Command extends EventData,
    Serving extends Service<State, Command>,
  >(
    service: Serving & Service<State, Command>,
  ) => Serving;
}

export interface TelemetryOptions {
  readonly cell: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (record: LogRecord) => void;
}

const messaging: Attributes = { [attributes.messagingSystem]: 'eventgrid' };

function errorType(error: unknown): string {
  if (error instanceof TwinlogError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}

/** The longest explanation that is logged, in UTF-16 units. */
const maxDetail = 2_000;

/** What an error says, and whatever lies below it that says more. */
function detailOf(error: unknown): string {
  const said: string[] = [];
  for (let at = error; at instanceof Error && said.length < 5; at = at.cause) {
    const { name, message } = at;
    if (!said.some((above) => above.includes(message))) said.push(`${name}: ${message}`);
  }
  return (said.length > 0 ? said.join(' | ') : String(error)).slice(0, maxDetail).toWellFormed();
}

/** What the span of an event's first fold tells: not its data, which may be large. */
interface Awaited {
  readonly origin: string;
  readonly sequence: number;
  readonly about: Readonly<Record<string, string>>;
  readonly traceparent?: string;
}

/** Events that came in and are in no fold yet, at most; beyond it the oldest is told of no more. */
const maxAwaited = 10_000;

/**
 * Metrics and traces through the API of OpenTelemetry: without an SDK registered all of it does nothing. An event's
 * `traceparent` is that of the command's span, and whatever happens to the event in another cell goes on from there:
 * so one trace shows its way from a request in one cloud to the fold in the other.
 */
export function createTelemetry({ cell, now, log }: TelemetryOptions): Telemetry {
  const tracer = trace.getTracer('twinlog');
  const meter = metrics.getMeter('twinlog');
  const own: Attributes = { [attributes.cell]: cell };
  const count = (name: string, unit: string) => {
    const counter = meter.createCounter(name, { unit });
    return (value: number, more: Attributes = {}) => {
      if (value > 0) counter.add(value, { ...own, ...more });
    };
  };
  const lag = meter.createHistogram(names.replicationLag, { unit: 's' });
  const batchSize = meter.createHistogram(names.batchSize, { unit: '{event}' });
  const received = count(names.received, '{event}');
  const published = count(names.published, '{event}');
  const deadLetters = count(names.deadLetters, '{letter}');
  const divergences = count(names.divergences, '{place}');
  const pending = count(names.pending, '{stream}');
  const conflicts = count(names.conflicts, '{conflict}');
  const compensations = count(names.compensations, '{compensation}');
  const requests = count(names.requests, '{request}');
  const pulled = count(names.pulled, '{event}');
  const rejected = count(names.rejected, '{event}');
  const unreachable = count(names.unreachable, '{run}');
  const failures = count(names.failures, '{failure}');
  /** By stream, events that came in and that no fold has counted since: `maxAwaited` in all. */
  const awaited = new Map<string, Awaited[]>();
  let awaitedEvents = 0;

  const about = (event: DomainEvent): Record<string, string> => ({
    [attributes.cell]: cell,
    [attributes.from]: cellOf(originOf(event)),
    [attributes.stream]: event.partitionkey,
    [attributes.eventId]: event.id,
    [attributes.eventSource]: event.source,
    [attributes.eventType]: event.type,
    [attributes.eventSubject]: event.subject,
  });

  /** Tells of an event's arrival, as a span of the trace that it carries. @param by attributes of the way it came. */
  function arrived(event: DomainEvent, outcome: string, by: Attributes): void {
    const from = { [attributes.from]: cellOf(originOf(event)) };
    if (outcome === 'stored')
      lag.record(Math.max(0, now() - eventTime(event.id)) / 1_000, { ...own, ...from });
    const kind = SpanKind.CONSUMER;
    const told = { ...about(event), ...by, [attributes.outcome]: outcome };
    const span = tracer.startSpan(names.received, { kind, attributes: told }, contextOf(event.traceparent));
    // Where nobody records this span, nobody would the fold's.
    const isAwaited = outcome === 'stored' && span.isRecording();
    span.end();
    if (!isAwaited) return;
    const [[oldest, forgotten] = []] = awaitedEvents >= maxAwaited ? awaited : [];
    if (oldest !== undefined) awaited.delete(oldest);
    awaitedEvents += 1 - (forgotten?.length ?? 0);
    const events = awaited.get(event.partitionkey);
    const { traceparent } = event;
    const [origin, sequence] = [originOf(event), sequenceOf(event)];
    const one: Awaited = {
      origin,
      sequence,
      about: about(event),
      ...(traceparent !== undefined && { traceparent }),
    };
    if (events) events.push(one);
    else awaited.set(event.partitionkey, [one]);
  }

  function folded(stream: string, version: VersionVector): void {
    const events = awaited.get(stream);
    if (events === undefined) return;
    const counted = ({ origin, sequence }: Awaited) => covers(version, new Map([[origin, sequence]]));
    for (const { about: told, traceparent } of events.filter(counted))
      tracer.startSpan(names.fold, { attributes: told }, contextOf(traceparent)).end();
    const rest = events.filter((event) => !counted(event));
    awaitedEvents += rest.length - events.length;
    if (rest.length > 0) awaited.set(stream, rest);
    else awaited.delete(stream);
  }

  async function within<Result>(span: Span, act: () => Promise<Result>): Promise<Result> {
    try {
      return await context.with(trace.setSpan(context.active(), span), act);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute(attributes.errorType, errorType(error));
      throw error;
    } finally {
      span.end();
    }
  }

  return {
    received: (event, receipt) => {
      received(1, { [attributes.from]: cellOf(originOf(event)), [attributes.outcome]: receipt });
      arrived(event, receipt, { ...messaging, [attributes.operationType]: 'process' });
    },

    pulled: (event) => {
      pulled(1, { [attributes.from]: cellOf(originOf(event)) });
      arrived(event, 'stored', {});
      log({ level: 'info', name: names.pulled, attributes: about(event) });
    },

    pending: (_, events) => {
      pending(1, { [attributes.reason]: events[0]?.reason ?? 'gap' });
    },

    swept: ({ decided, settled, compensated }) => {
      requests(decided);
      conflicts(settled);
      compensations(compensated);
    },

    reconciled: ({ rejected: found, failed }) => {
      rejected(found);
      if (found > 0)
        log({
          level: 'warn',
          name: names.rejected,
          attributes: { [attributes.cell]: cell, [attributes.count]: found },
        });
      for (const [peer, detail] of failed) {
        unreachable(1, { [attributes.from]: peer });
        const told = { [attributes.cell]: cell, [attributes.from]: peer, [attributes.detail]: detail };
        log({ level: 'warn', name: names.unreachable, attributes: told });
      }
    },

    failed: (error) => {
      const type = { [attributes.errorType]: errorType(error) };
      failures(1, type);
      const told = { [attributes.cell]: cell, ...type, [attributes.detail]: detailOf(error) };
      log({ level: 'error', name: names.failures, attributes: told });
    },

    publish: (publish) => async (events) => {
      batchSize.record(events.length, own);
      const links = events.flatMap(({ traceparent }) => {
        const linked = trace.getSpanContext(contextOf(traceparent));
        return linked ? [{ context: linked }] : [];
      });
      const told = {
        ...own,
        ...messaging,
        [attributes.operationType]: 'send',
        [attributes.messageCount]: events.length,
      };
      const span = tracer.startSpan(names.published, { kind: SpanKind.PRODUCER, attributes: told, links });
      try {
        await within(span, () => publish(events));
        published(events.length, { [attributes.outcome]: 'published' });
      } catch (error) {
        published(events.length, { [attributes.outcome]: 'failed' });
        throw error;
      }
    },

    deadLetters: (letters) => ({
      list: (query) => letters.list(query),
      get: (id) => letters.get(id),
      remove: (id) => letters.remove(id),
      put: async (letter) => {
        await letters.put(letter);
        const told = { [attributes.direction]: letter.direction, [attributes.code]: letter.code };
        deadLetters(1, told);
        const detail = { [attributes.cell]: cell, [attributes.detail]: letter.detail };
        const about = { ...detail, ...told, [attributes.letter]: letter.id };
        log({ level: 'warn', name: names.deadLetters, attributes: about });
        if (letter.code !== 'divergence') return;
        divergences(1);
        log({ level: 'error', name: names.divergences, attributes: about });
      },
    }),

    service: (service) => ({
      ...service,
      execute: async (request) => {
        const parent = trace.getActiveSpan() ? context.active() : contextOf(request.traceparent);
        const told = { ...own, [attributes.stream]: request.stream };
        const span = tracer.startSpan(names.command, { kind: SpanKind.SERVER, attributes: told }, parent);
        const traceparent = traceparentOf(span);
        const traced = traceparent === undefined ? request : { ...request, traceparent };
        return within(span, async () => {
          const outcome = await service.execute(traced);
          span.setAttribute(attributes.outcome, outcome.kind);
          if ('version' in outcome) folded(request.stream, outcome.version);
          return outcome;
        });
      },
      read: async (stream, ...rest) => {
        const view = await service.read(stream, ...rest);
        if (view.kind === 'read') folded(stream, view.fold.version);
        return view;
      },
    }),
  };
}
