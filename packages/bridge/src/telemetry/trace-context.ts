import { type Context, isSpanContextValid, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';

/** The W3C `traceparent` that an event or a request carries, as the context that a span goes on from. */
export function contextOf(traceparent: string | undefined): Context {
  const [version, traceId = '', spanId = '', flags = ''] = traceparent?.split('-') ?? [];
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) || 0, isRemote: true };
  const isKnown = version === '00' && isSpanContextValid(spanContext);
  return isKnown ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

/** A span's context as `traceparent`; undefined where there is no trace. */
export function traceparentOf(span: Span): string | undefined {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return undefined;
  const flags = spanContext.traceFlags.toString(16).padStart(2, '0');
  return `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
}
