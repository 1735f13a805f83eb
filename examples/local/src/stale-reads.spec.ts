import { describe, expect, test } from 'vitest';
import type { JournalEntry } from './player.ts';
import { findStaleReads } from './stale-reads.ts';

let clock = 0;

/** One request of the client, each after the one before unless it says when it was asked. */
function entry(
  method: string,
  path: string,
  about: Partial<Omit<JournalEntry, 'body'>> & { status?: number; body?: unknown },
) {
  const { status = 200, ...given } = about;
  clock += 10;
  const answer = { status, body: given.body };
  const at = { askedAt: clock - 5, answeredAt: clock };
  const made: JournalEntry = {
    client: 'c',
    line: { method, text: `${clock}` },
    path,
    key: undefined,
    attempts: [],
    answer,
    deferredMs: undefined,
    ...at,
    ...given,
    body: undefined,
  };
  return made;
}

const capture = (key: string, about = {}) => entry('POST', '/transactions/txn/capture', { key, ...about });
const read = (commands: readonly string[], about = {}) =>
  entry('GET', '/transactions/txn', {
    body: { commands: commands.map((command_id) => ({ command_id })) },
    ...about,
  });
const readEvents = (ids: readonly string[]) =>
  entry('GET', '/transactions/txn/events', {
    body: { events: ids.map((id) => ({ id, commandid: `c-${id}` })) },
  });

describe('a read is stale', () => {
  test('that lacks what its client had acknowledged before', () => {
    expect(findStaleReads([capture('a'), read(['a']), capture('b'), read(['a'])])).toEqual({
      reads: 2,
      stale: 1,
    });
  });

  test('that lacks the create, whose id the answer told', () => {
    const create = entry('POST', '/transactions', { status: 201, key: 'k', body: { transaction_id: 'txn' } });
    expect(findStaleReads([create, read([])])).toEqual({ reads: 1, stale: 1 });
    expect(findStaleReads([create, entry('GET', '/transactions/txn', { status: 404 })]).stale).toBe(1);
  });

  test('that lacks what an earlier read of the same client showed, events too', () => {
    expect(findStaleReads([read(['theirs']), read([])]).stale).toBe(1);
    expect(findStaleReads([readEvents(['1', '2']), readEvents(['2'])]).stale).toBe(1);
    expect(findStaleReads([readEvents(['1']), read([])]).stale).toBe(1);
  });
});

describe('a read is not stale', () => {
  test('that shows all of it and more, or was asked before its client knew', () => {
    expect(findStaleReads([capture('a'), read(['a', 'theirs'])])).toEqual({ reads: 1, stale: 0 });
    const early = capture('a');
    expect(findStaleReads([early, read([], { askedAt: early.answeredAt - 1 })])).toEqual({
      reads: 0,
      stale: 0,
    });
  });

  test('for what another client knows, for what was refused or deferred, for another transaction', () => {
    const others = [
      capture('a', { client: 'other' }),
      capture('b', { status: 422 }),
      capture('c', { status: 202 }),
    ];
    expect(findStaleReads([...others, read([])])).toEqual({ reads: 0, stale: 0 });
    expect(findStaleReads([entry('POST', '/transactions/other/capture', { key: 'a' }), read([])]).reads).toBe(
      0,
    );
  });

  test('that got no answer, or one of a cell that cannot answer now', () => {
    expect(findStaleReads([capture('a'), read([], { status: 503 })])).toEqual({ reads: 0, stale: 0 });
  });
});
