import { describe, expect, it } from 'vitest';
import { parseEvent } from './log/envelope.ts';
import {
  account,
  cancel,
  capture,
  create,
  createCell,
  handMade,
  refund,
  stream,
  yen,
} from './log/histories.fixture.ts';
import { formatVersion } from './log/version-vector.ts';
import type { Outcome } from './outcome.ts';
import { ingest } from './store/event-store.ts';
import type { Transaction } from './transaction/transaction.ts';

/** A cell with a transaction of 10 JPY in it. */
async function createOpened(options: Parameters<typeof createCell>[0] = {}) {
  const cell = createCell(options);
  const opened = await cell.service.execute({ stream, account, commandId: 'create', command: create(10) });
  expect(opened.kind).toBe('appended');
  return { ...cell, opened, events: () => cell.store.read(stream) };
}

const versionOf = (outcome: Outcome<Transaction>) =>
  'version' in outcome ? formatVersion(outcome.version) : undefined;

describe('a command that the rules allow', () => {
  it('is appended as one event, and answered with it, the state and the version after it', async () => {
    const { service, events } = await createOpened();
    const outcome = await service.execute({
      stream,
      commandId: 'key',
      command: capture(4),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(outcome).toMatchObject({ kind: 'appended', state: { status: 'captured', captured: 4n } });
    expect(versionOf(outcome)).toBe('aws.1=2');
    const [, event] = await events();
    expect(outcome).toHaveProperty('event', event);
    expect(event).toMatchObject({
      type: 'io.twinlog.transaction.captured.v1',
      source: 'urn:twinlog:origin:aws.1',
      subject: 'account/account-1/transaction/txn_1',
      dataschema: 'urn:twinlog:schema:io.twinlog.transaction.captured.v1',
      partitionkey: 'txn_1',
      sequence: '0000000002',
      seen: 'aws.1=1',
      assignment: '1.aws',
      commandid: 'key',
      fingerprint: expect.stringMatching(/^.{22}$/),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      data: yen(4),
    });
    expect(parseEvent(event)).toEqual(event);
  });

  it('on a stream of an account that the caller may not touch is not found, repeated or not', async () => {
    const { service, events } = await createOpened();
    const capturing = { stream, commandId: 'key', command: capture(4) };
    expect(await service.execute({ ...capturing, accounts: ['account-2'] })).toEqual({ kind: 'notFound' });
    const allowed = { ...capturing, accounts: ['account-2', account] };
    expect(await service.execute(allowed)).toMatchObject({ kind: 'appended' });
    expect(await service.execute({ ...capturing, accounts: [] })).toEqual({ kind: 'notFound' });
    expect(await events()).toHaveLength(2);
  });

  it('without an id leaves an event that claims none', async () => {
    const { service, events } = await createOpened();
    await service.execute({ stream, command: capture(1) });
    await service.execute({ stream, command: capture(1) });
    expect((await events()).slice(1)).toEqual([
      expect.not.objectContaining({ commandid: expect.anything() }),
      expect.not.objectContaining({ fingerprint: expect.anything() }),
    ]);
    expect(await events()).toHaveLength(3);
  });

  it('gets an id after all that it saw, however slow the clock of its cell (R2)', async () => {
    const { service, store, events } = await createOpened();
    const fast = handMade(
      { origin: 'azure.1', sequence: 1, at: 3_600_000, seen: 'aws.1=1' },
      { type: 'captured.v1', data: yen(1) },
    );
    await ingest(store, fast);
    await service.execute({ stream, command: capture(1) });
    expect(await events()).toContainEqual(
      expect.objectContaining({ time: '2026-01-01T01:00:00.001Z', seen: 'aws.1=1,azure.1=1' }),
    );
  });
});

describe('a command sent again', () => {
  it('is answered with its first answer, whatever came since, and with the version of now (R10)', async () => {
    const { service, events } = await createOpened();
    const request = { stream, commandId: 'key', command: capture(4) };
    const first = await service.execute(request);
    await service.execute({ stream, commandId: 'other', command: capture(3) });
    await service.execute({ stream, commandId: 'back', command: refund(7) });
    const again = await service.execute(request);
    if (first.kind !== 'appended') throw new Error(first.kind);
    expect(again).toEqual({ ...first, kind: 'alreadyAppended', version: new Map([['aws.1', 4]]) });
    expect(await events()).toHaveLength(4);
  });

  it('opens a stream once', async () => {
    const { service, opened, events } = await createOpened();
    await service.execute({ stream, command: cancel });
    const again = await service.execute({ stream, account, commandId: 'create', command: create(10) });
    expect(again).toMatchObject({ kind: 'alreadyAppended', state: { status: 'created' } });
    expect(again).toHaveProperty('event', 'event' in opened && opened.event);
    expect(await events()).toHaveLength(2);
  });

  it('to another cell is answered there from the event that came over', async () => {
    const here = await createOpened();
    const request = { stream, commandId: 'key', command: capture(4) };
    const first = await here.service.execute(request);
    const there = createCell({ origin: 'azure.1' });
    for (const event of await here.events()) await ingest(there.store, event);
    expect(await there.service.execute(request)).toEqual({ ...first, kind: 'alreadyAppended' });
  });

  it('says so where its effect has lost a conflict since', async () => {
    const { service, store } = await createOpened();
    const request = { stream, commandId: 'key', command: capture(4) };
    const first = await service.execute(request);
    const older = handMade(
      { origin: 'azure.1', sequence: 1, at: 1, seen: 'aws.1=1' },
      { type: 'captured.v1', data: yen(8), key: 'rival' },
    );
    expect('event' in first && first.event.id > older.id).toBe(true);
    await ingest(store, older);
    expect(await service.execute(request)).toMatchObject({
      kind: 'alreadyAppended',
      state: { captured: 4n },
      conflict: { code: 'capture_exceeds_amount' },
    });
  });

  it('with another command is refused, and leaves nothing (R7, R9)', async () => {
    const { service, events } = await createOpened();
    await service.execute({ stream, commandId: 'key', command: capture(4) });
    for (const command of [capture(5), refund(4), cancel]) {
      expect(await service.execute({ stream, commandId: 'key', command })).toMatchObject({
        kind: 'refused',
        code: 'idempotency_key_reused',
        version: new Map([['aws.1', 2]]),
      });
    }
    const differing = await service.execute({ stream, account, commandId: 'create', command: create(11) });
    expect(differing).toMatchObject({ kind: 'refused', code: 'idempotency_key_reused' });
    expect(await events()).toHaveLength(2);
  });
});

describe('a command that a rule forbids', () => {
  it('with an id is recorded as refused, once, and stays refused for ever (R9)', async () => {
    const { service, events } = await createOpened();
    const request = { stream, commandId: 'early', command: refund(4) };
    const first = await service.execute(request);
    expect(first).toEqual({
      kind: 'refused',
      code: 'refund_exceeds_captured',
      detail: 'Refunding 4 JPY exceeds the 0 captured and not refunded.',
      version: new Map([['aws.1', 2]]),
    });
    expect((await events()).at(-1)).toMatchObject({
      type: 'io.twinlog.transaction.refused.v1',
      commandid: 'early',
      data: { code: 'refund_exceeds_captured', command: refund(4) },
    });
    await service.execute({ stream, command: capture(4) });
    expect(await service.execute(request)).toEqual({ ...first, version: new Map([['aws.1', 3]]) });
    expect(await events()).toHaveLength(3);
    expect(parseEvent((await events()).at(1))).toBeDefined();
  });

  it('without an id leaves nothing, and may be allowed later', async () => {
    const { service, events } = await createOpened();
    expect(await service.execute({ stream, command: refund(4) })).toMatchObject({
      kind: 'refused',
      code: 'refund_exceeds_captured',
      version: new Map([['aws.1', 1]]),
    });
    expect(await events()).toHaveLength(1);
    await service.execute({ stream, command: capture(4) });
    expect(await service.execute({ stream, command: refund(4) })).toMatchObject({ kind: 'appended' });
  });

  it('leaves nothing on a stream that is not opened, so that it can still be opened', async () => {
    const { service, store } = createCell();
    const outcome = await service.execute({ stream, account, commandId: 'key', command: capture(1) });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'transaction_not_found' });
    const negative = { type: 'create', account_id: account, amount: '-1', currency: 'JPY' } as const;
    expect(await service.execute({ stream, account, commandId: 'create', command: negative })).toMatchObject({
      kind: 'refused',
      code: 'amount_not_decimal',
    });
    expect(await store.read(stream)).toEqual([]);
    expect(await service.execute({ stream, account, commandId: 'create', command: create(1) })).toMatchObject(
      {
        kind: 'appended',
      },
    );
  });

  it('may be a second create under another key', async () => {
    const { service } = await createOpened();
    expect(await service.execute({ stream, account, commandId: 'again', command: create(10) })).toMatchObject(
      {
        kind: 'refused',
        code: 'transaction_exists',
      },
    );
    expect(await service.execute({ stream, account, command: create(10) })).toMatchObject({
      kind: 'refused',
      code: 'transaction_exists',
    });
  });
});

describe('an amount as large as a body may hold', () => {
  it('is created, captured and refunded like any other', async () => {
    const { service } = createCell();
    const money = { amount: '9'.repeat(18), currency: 'USD' };
    const opening = { type: 'create', account_id: account, ...money } as const;
    await service.execute({ stream, account, commandId: 'create', command: opening });
    await service.execute({ stream, command: { type: 'capture', ...money } });
    expect(await service.execute({ stream, command: { type: 'refund', ...money } })).toMatchObject({
      kind: 'appended',
      state: { status: 'refunded', refunded: 99_999_999_999_999_999_900n },
    });
  });
});

describe('a command on a stream that the cell does not know', () => {
  it('is notFound, and stores nothing', async () => {
    const { service, store } = createCell();
    for (const commandId of ['key', undefined]) {
      const outcome = await service.execute({ stream, command: capture(1), ...(commandId && { commandId }) });
      expect(outcome).toEqual({ kind: 'notFound' });
    }
    expect(await store.read(stream)).toEqual([]);
  });
});

describe('a command with a precondition', () => {
  it('is decided on that version of the stream alone, and otherwise leaves nothing', async () => {
    const { service, events } = await createOpened();
    const stale = await service.execute({
      stream,
      commandId: 'key',
      command: capture(1),
      ifMatch: 'aws.1=7',
    });
    expect(stale).toEqual({ kind: 'preconditionFailed', version: new Map([['aws.1', 1]]) });
    expect(await events()).toHaveLength(1);
    const current = await service.execute({
      stream,
      commandId: 'key',
      command: capture(1),
      ifMatch: 'aws.1=1',
    });
    expect(current.kind).toBe('appended');
  });

  it('is answered from its event when it is sent again, for that has moved the version itself (R15)', async () => {
    const { service } = await createOpened();
    const request = { stream, commandId: 'key', command: capture(1), ifMatch: 'aws.1=1' };
    await service.execute(request);
    expect(await service.execute(request)).toMatchObject({ kind: 'alreadyAppended' });
  });
});

describe('reading', () => {
  it('tells the fold and the events; a stream never seen has no state', async () => {
    const { service, events } = await createOpened();
    expect(await service.read(stream)).toMatchObject({
      kind: 'read',
      events: await events(),
      fold: { state: { authorised: 10n }, held: 1, pending: [], conflicts: [] },
    });
    expect(await service.read('txn_unknown')).toMatchObject({
      kind: 'read',
      events: [],
      fold: { state: undefined },
    });
  });

  it('gives a fold that stays as it was read, whatever is decided afterwards', async () => {
    const { service } = await createOpened();
    const read = await service.read(stream);
    await service.execute({ stream, commandId: 'key', command: capture(1) });
    if (read.kind !== 'read') throw new Error(read.kind);
    expect([...read.fold.claims.keys()]).toEqual(['create']);
  });
});
