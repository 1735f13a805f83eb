import { type HrTime, trace } from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { attributes, names } from '@twinlog/bridge/telemetry';

/** A trace is printed once nothing was added to it for so long. */
const restMs = 500;

/** Traces whose beginning is remembered, for what comes later: an event is folded when somebody asks for its stream. */
const maxRemembered = 1_000;

const msOf = ([seconds, nanoseconds]: HrTime) => seconds * 1_000 + nanoseconds / 1_000_000;

/** What the spans of one trace were, on one line each, by when they began; `from` is when the trace did. */
function describeTrace(traceId: string, spans: readonly ReadableSpan[], from: number): string {
  const inOrder = spans.toSorted((a, b) => msOf(a.startTime) - msOf(b.startTime));
  const lines = inOrder.map(({ name, startTime, duration, attributes: about, links }) => {
    const after = `+${Math.round(msOf(startTime) - from)} ms`.padStart(10);
    const cell = String(about[attributes.cell] ?? '').padEnd(14);
    const took = msOf(duration) < 0.1 ? '' : `took ${msOf(duration).toFixed(1)} ms`;
    const shared = links.length > 1 ? `${links.length} events` : '';
    const details = [about[attributes.outcome], about[attributes.stream], shared, took].filter(Boolean);
    return `${after}  ${cell}  ${name.padEnd(28)}  ${details.join(', ')}\n`;
  });
  return `\ntrace ${traceId}\n${lines.join('')}`;
}

/** Gathers spans by trace, and prints each trace when it has come to rest. */
function createTracePrinter(print: (text: string) => void): SpanProcessor {
  const gathered = new Map<string, { spans: ReadableSpan[]; timer: NodeJS.Timeout }>();
  const began = new Map<string, number>();

  function rest(traceId: string): void {
    const spans = gathered.get(traceId)?.spans ?? [];
    gathered.delete(traceId);
    const first = Math.min(...spans.map(({ startTime }) => msOf(startTime)));
    const from = began.get(traceId) ?? first;
    const [oldest] = began.size >= maxRemembered ? began.keys() : [];
    if (oldest !== undefined) began.delete(oldest);
    began.set(traceId, from);
    print(describeTrace(traceId, spans, from));
  }

  function add(traceId: string, span: ReadableSpan): void {
    const known = gathered.get(traceId);
    clearTimeout(known?.timer);
    const timer = setTimeout(rest, restMs, traceId).unref();
    gathered.set(traceId, { spans: [...(known?.spans ?? []), span], timer });
  }

  return {
    onStart: () => {},
    onEnd: (span) => {
      // One request publishes events of several commands: it has a place in the trace of each.
      const traces =
        span.name === names.published
          ? span.links.map(({ context }) => context.traceId)
          : [span.spanContext().traceId];
      for (const traceId of new Set(traces)) add(traceId, span);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** Has everything in this process that speaks OpenTelemetry printed, trace by trace, from now on. */
export function printTraces(print: (text: string) => void): void {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [createTracePrinter(print)] }));
}
