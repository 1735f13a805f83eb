import { INVALID_SPAN_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import {
  createMemoryStore,
  createService,
  StoreUnavailableError,
  systemRuntime,
  transaction,
  transactionId,
} from '@twinlog/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deadLetter } from '../dead-letters/dead-letter.ts';
import { createMemoryDeadLetters } from '../dead-letters/memory.ts';
import { attributes, names } from './names.ts';
import { createTelemetry, type LogRecord } from './telemetry.ts';
import { contextOf, traceparentOf } from './trace-context.ts';

function cell() {
  const logged: LogRecord[] = [];
  const telemetry = createTelemetry({ cell: 'aws', now: Date.now, log: (record) => logged.push(record) });
  return { telemetry, logged };
}

describe('telemetry', () => {
  test('without an SDK leaves commands, their traces and their answers as they are', async () => {
    const store = createMemoryStore();
    const service = cell().telemetry.service(
      createService({
        aggregate: transaction,
        store,
        origin: 'aws.1',
        assignment: '1.aws',
        runtime: systemRuntime,
      }),
    );
    const stream = transactionId('acct', 'create', Math.random);
    const command = { type: 'create', account_id: 'acct', amount: '1.00', currency: 'USD' } as const;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const request = { stream, account: 'acct', command };
    expect(await service.execute({ ...request, commandId: 'a', traceparent })).toMatchObject({
      kind: 'appended',
      event: { traceparent },
    });
    const other = transactionId('acct', 'other', Math.random);
    expect(await service.execute({ ...request, stream: other, commandId: 'b' })).not.toHaveProperty(
      'event.traceparent',
    );
    expect(await service.read(stream)).toMatchObject({ kind: 'read' });
  });

  test('logs what people have to look at, under the names of the metrics', async () => {
    const { telemetry, logged } = cell();
    const letters = telemetry.deadLetters(createMemoryDeadLetters());
    const put = (code: 'malformed' | 'divergence') =>
      letters.put(deadLetter({ direction: 'in', code, detail: 'why' }, { json: code }, 0));
    await put('malformed');
    await put('divergence');
    telemetry.reconciled({ rejected: 2, failed: new Map([['azure', 'No answer.']]) });
    expect(logged.map(({ level, name }) => [level, name])).toEqual([
      ['warn', names.deadLetters],
      ['warn', names.deadLetters],
      ['error', names.divergences],
      ['warn', names.rejected],
      ['warn', names.unreachable],
    ]);
    expect(logged[4]?.attributes).toEqual({
      [attributes.cell]: 'aws',
      [attributes.from]: 'azure',
      [attributes.detail]: 'No answer.',
    });
  });

  test('logs what failed, and what lies below it as far as that says more', () => {
    const { telemetry, logged } = cell();
    const denied = Object.assign(new Error('No SendMessage for this role.'), { name: 'AccessDenied' });
    telemetry.failed(new StoreUnavailableError('The queue did not take the events.', { cause: denied }));
    const told = new Error('throttled');
    telemetry.failed(new StoreUnavailableError('DynamoDB was asked (Error: throttled).', { cause: told }));
    telemetry.failed('a text');
    expect(
      logged.map(({ level, name, attributes: { 'twinlog.detail': detail, 'error.type': type } }) => ({
        ...{ level, name, detail, type },
      })),
    ).toEqual([
      {
        ...{ level: 'error', name: names.failures, type: 'store_unavailable' },
        detail:
          'StoreUnavailableError: The queue did not take the events. | AccessDenied: No SendMessage for this role.',
      },
      {
        ...{ level: 'error', name: names.failures, type: 'store_unavailable' },
        detail: 'StoreUnavailableError: DynamoDB was asked (Error: throttled).',
      },
      { level: 'error', name: names.failures, type: 'string', detail: 'a text' },
    ]);
  });

  test('publishes what it is given, and lets a failure through', async () => {
    const { telemetry } = cell();
    await expect(telemetry.publish(() => Promise.reject(new Error('full')))([])).rejects.toThrow('full');
  });

  test.each([undefined, '', 'nonsense', '00-00000000000000000000000000000000-b7ad6b7169203331-01'])(
    'goes on from no trace where there is none: %j',
    async (traceparent) => {
      const { trace } = await import('@opentelemetry/api');
      expect(trace.getSpanContext(contextOf(traceparent))).toBeUndefined();
    },
  );

  test('reads a trace and writes it as it was', async () => {
    const { trace } = await import('@opentelemetry/api');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const spanContext = trace.getSpanContext(contextOf(traceparent));
    expect(spanContext && traceparentOf(trace.wrapSpanContext(spanContext))).toBe(traceparent);
  });
});

test.each([
  ['no more are remembered than ten thousand', true, 1],
  ['none is remembered where nobody records their spans', false, 0],
])('of events that nobody folds %s', async (_, isRecorded, folds) => {
  const spans: string[] = [];
  const tracer: Tracer = {
    startSpan: (name) => {
      spans.push(name);
      let isRecording = isRecorded;
      const end = () => {
        isRecording = false;
      };
      return Object.assign(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), {
        ...{ end, isRecording: () => isRecording },
      });
    },
    startActiveSpan: () => {
      throw new Error('not used');
    },
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  onTestFinished(() => trace.disable());
  const { telemetry } = cell();
  const store = createMemoryStore();
  const options = { aggregate: transaction, store, origin: 'azure.1', assignment: '1.azure' };
  const service = telemetry.service(createService({ ...options, runtime: systemRuntime }));
  const stream = transactionId('acct', 'create', Math.random);
  const command = { type: 'create', account_id: 'acct', amount: '1.00', currency: 'USD' } as const;
  const created = await service.execute({ stream, account: 'acct', commandId: 'a', command });
  if (created.kind !== 'appended') throw new Error(created.kind);
  for (let count = 0; count < 10_001; count += 1) telemetry.received(created.event, 'stored');
  await service.read(stream);
  expect(spans.filter((name) => name === names.fold)).toHaveLength(folds);
});
