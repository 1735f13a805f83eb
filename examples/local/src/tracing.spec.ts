import { setTimeout as sleep } from 'node:timers/promises';
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { attributes, createTelemetry, names } from '@twinlog/bridge/telemetry';
import { StoreUnavailableError } from '@twinlog/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Matrix, startMatrix } from './matrix.ts';

const spans = new InMemorySpanExporter();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 600_000 });
let matrix: Matrix;

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  matrix = await startMatrix('any-cell');
}, 60_000);
afterAll(async () => {
  await matrix.stop();
  trace.disable();
  metrics.disable();
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const clientSpan = 'b7ad6b7169203331';

describe('one trace', () => {
  test("shows a transaction's way from a POST on AWS to the fold on Azure", async () => {
    const { aws, azure } = matrix;
    const created = await fetch(`${aws.url}/transactions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'traced',
        traceparent: `00-${traceId}-${clientSpan}-01`,
      },
      body: JSON.stringify({ account_id: 'traced', amount: '10.00', currency: 'USD' }),
    });
    const { transaction_id: stream }: { transaction_id: string } = JSON.parse(await created.text());
    const inAzure = () => fetch(`${azure.url}/transactions/${stream}`);
    while ((await inAzure()).status !== 200) await sleep(50);

    const found = spans.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
    const told = found.map((span) => ({
      name: span.name,
      kind: span.kind,
      cell: span.attributes[attributes.cell],
      parent: span.parentSpanContext?.spanId,
    }));
    const command = found.find(({ name }) => name === names.command)?.spanContext().spanId;
    expect(told).toEqual([
      { name: names.command, kind: SpanKind.SERVER, cell: aws.name, parent: clientSpan },
      { name: names.received, kind: SpanKind.CONSUMER, cell: azure.name, parent: command },
      { name: names.fold, kind: SpanKind.INTERNAL, cell: azure.name, parent: command },
    ]);
    const sent = spans.getFinishedSpans().find(({ name }) => name === names.published);
    expect(sent?.links.map(({ context }) => context.spanId)).toContain(command);
    expect(sent?.attributes).toMatchObject({
      'messaging.system': 'eventgrid',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': 1,
    });
    const [, taken] = found;
    expect(taken?.attributes).toMatchObject({
      'messaging.operation.type': 'process',
      'cloudevents.event_id': expect.stringMatching(/^[0-9A-Z]{26}$/),
      'cloudevents.event_source': 'urn:twinlog:origin:aws-us-east-1.1',
      'cloudevents.event_type': expect.stringMatching(/\.created\.v1$/),
      'cloudevents.event_subject': expect.stringContaining(stream),
    });
  }, 60_000);

  test('and metrics tell how long it took, and what came of it', async () => {
    await reader.forceFlush();
    const all = measured
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
    const points = (name: string): readonly unknown[] =>
      all
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }): readonly unknown[] => dataPoints);
    const way = { [attributes.cell]: matrix.azure.name, [attributes.from]: matrix.aws.name };
    expect(points(names.received)).toMatchObject([
      { attributes: { ...way, [attributes.outcome]: 'stored' }, value: 1 },
    ]);
    expect(points(names.replicationLag)).toMatchObject([{ attributes: way, value: { count: 1 } }]);
    expect(points(names.batchSize)).toMatchObject([
      { attributes: { [attributes.cell]: matrix.aws.name }, value: { sum: 1 } },
    ]);
    expect(points(names.divergences)).toEqual([]);
  });

  test('tells by its code what failed', async () => {
    const failing = () => Promise.reject(new StoreUnavailableError('No answer.'));
    const telemetry = createTelemetry({ cell: 'failing', now: Date.now, log: () => {} });
    await expect(telemetry.publish(failing)([])).rejects.toThrow(StoreUnavailableError);
    const failed = spans
      .getFinishedSpans()
      .find(({ attributes: about }) => about[attributes.cell] === 'failing');
    expect(failed).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'store_unavailable' },
    });
  });
});
