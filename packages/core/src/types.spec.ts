import { describe, expectTypeOf, it } from 'vitest';
import {
  type Aggregate,
  createHomeCellService,
  createMemoryStore,
  createService,
  type Decider,
  type DomainEvent,
  type EventStore,
  type Fold,
  foldEvents,
  type Insertion,
  ingest,
  type Outcome,
  type Service,
  systemRuntime,
  type Transaction,
  type TransactionCommand,
  type TransactionEvent,
  transaction,
} from './index.ts';

// The compiler judges these: a promise that is broken here fails the build.

const service = createService({
  aggregate: transaction,
  store: createMemoryStore(),
  origin: 'a.1',
  assignment: '1.a',
  runtime: systemRuntime,
});

describe('what a user meets as types', () => {
  it('is told by the aggregate alone: no type argument need be written', () => {
    expectTypeOf(transaction).toExtend<Aggregate<Transaction, TransactionCommand, TransactionEvent>>();
    expectTypeOf(service).toEqualTypeOf<Decider<Transaction, TransactionCommand>>();
    expectTypeOf(service).toExtend<Service<Transaction, TransactionCommand>>();
    expectTypeOf(service.execute).returns.resolves.toEqualTypeOf<Outcome<Transaction>>();
    expectTypeOf(foldEvents(transaction, [])).toExtend<Fold<Transaction>>();
    expectTypeOf(createHomeCellService<Transaction, TransactionCommand, TransactionEvent>).returns.toExtend<
      Service<Transaction, TransactionCommand>
    >();
  });

  it('is an outcome that one switch over `kind` takes apart, with nothing left over', () => {
    expectTypeOf<Outcome<Transaction>['kind']>().toEqualTypeOf<
      | 'appended'
      | 'alreadyAppended'
      | 'refused'
      | 'busy'
      | 'requested'
      | 'notFound'
      | 'preconditionFailed'
      | 'behind'
      | 'outdated'
      | 'pending'
      | 'unreachable'
      | 'clockSkew'
    >();
    type Of<Kind extends Outcome<Transaction>['kind']> = Extract<Outcome<Transaction>, { kind: Kind }>;
    expectTypeOf<Of<'appended'>['state']>().toEqualTypeOf<Transaction>();
    expectTypeOf<Of<'alreadyAppended'>['event']>().toEqualTypeOf<DomainEvent>();
    expectTypeOf<Of<'refused'>['code']>().toEqualTypeOf<string>();
    expectTypeOf<Of<'notFound'>>().not.toHaveProperty('state');
  });

  it('never has money as a float', () => {
    expectTypeOf<Transaction['captured']>().toEqualTypeOf<bigint>();
    expectTypeOf<Transaction['refunded']>().toEqualTypeOf<bigint>();
    type Capture = Extract<TransactionCommand, { type: 'capture' }>;
    expectTypeOf<Capture>().not.toExtend<{ amount: number }>();
  });

  it('is readonly wherever state or events are handed out', () => {
    expectTypeOf<EventStore['read']>().returns.resolves.toEqualTypeOf<readonly DomainEvent[]>();
    // @ts-expect-error an event cannot be changed
    const rename = (event: DomainEvent) => (event.id = '');
    // @ts-expect-error neither can a state
    const enrich = (state: Transaction) => (state.captured = 1n);
    expectTypeOf(rename).toBeFunction();
    expectTypeOf(enrich).toBeFunction();
  });

  it('is refused by the compiler where it is wrong', () => {
    // @ts-expect-error a command that the aggregate does not know
    expectTypeOf(service.execute).toBeCallableWith({ stream: 's', command: { type: 'steal' } });
    // @ts-expect-error a stream is needed
    expectTypeOf(service.execute).toBeCallableWith({ command: { type: 'void' } });
    expectTypeOf(service.execute).toBeCallableWith({ stream: 's', command: { type: 'void' } });
    // @ts-expect-error an aggregate without its rules is none
    expectTypeOf(createService).toBeCallableWith({ aggregate: { name: 'x' } });
  });

  it('asks of a store two outcomes and nothing of the database', () => {
    expectTypeOf<Insertion>().toEqualTypeOf<
      { readonly inserted: true } | { readonly inserted: false; readonly existing: DomainEvent }
    >();
    expectTypeOf(ingest)
      .returns.resolves.toHaveProperty('kind')
      .toEqualTypeOf<'stored' | 'duplicate' | 'divergence'>();
  });
});
