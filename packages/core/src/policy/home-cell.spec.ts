import { describe, expect, it } from 'vitest';
import { EventRefusedError, EventTooLargeError, TwinlogError } from '../errors.ts';
import { foldEvents } from '../log/fold.ts';
import { cancel, capture, stream } from '../log/histories.fixture.ts';
import { formatVersion } from '../log/version-vector.ts';
import { ingest } from '../store/event-store.ts';
import { transaction } from '../transaction/transaction.ts';
import { firstAssignment, takeOver } from './assignment.ts';
import {
  capturing,
  first,
  homeName,
  matrix,
  names,
  opening,
  otherName,
  thirdName,
} from './home-cell.fixture.ts';

describe('under home-cell (R15)', () => {
  it('every cell accepts a create', async () => {
    for (const name of names)
      expect(await matrix().at(name).execute(opening)).toMatchObject({ kind: 'appended' });
  });

  it('a stream of an account that the caller may not touch is not found, at home, elsewhere and cut off', async () => {
    const { at, cuts, replicate, storeOf } = matrix();
    await at(otherName).execute(opening);
    await replicate();
    const foreign = { ...capturing, accounts: ['account-2'] };
    for (const name of [homeName, otherName])
      expect(await at(name).execute(foreign)).toEqual({ kind: 'notFound' });
    cuts.add(homeName);
    expect(await at(otherName).execute(foreign)).toEqual({ kind: 'notFound' });
    for (const name of names) expect(await storeOf(name).read(stream)).toHaveLength(1);
  });

  it('the home decides what another cell forwards, though it had not seen the create', async () => {
    const { at, storeOf } = matrix();
    await at(otherName).execute(opening);
    const outcome = await at(otherName).execute(capturing);
    expect(outcome).toMatchObject({ kind: 'alreadyAppended', state: { captured: 4n } });
    const origins = (await storeOf(homeName).read(stream)).map(({ source, type }) => [
      source,
      type.split('.').at(-2),
    ]);
    expect(origins).toEqual(
      expect.arrayContaining([
        [`urn:twinlog:origin:${otherName}.1`, 'created'],
        [`urn:twinlog:origin:${homeName}.1`, 'captured'],
      ]),
    );
  });

  it('what two cells hold differently at one place is told of in both, where a command or its answer brings it (R5)', async () => {
    const { at, storeOf, divergences } = matrix();
    await at(otherName).execute(opening);
    const [event] = await storeOf(otherName).read(stream);
    if (!event) throw new Error('the create');
    const differing = { ...event, id: event.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
    await storeOf(homeName).insert(differing);
    await at(otherName).execute(capturing);
    expect(divergences).toEqual([
      [homeName, differing.id, event.id],
      [otherName, event.id, differing.id],
    ]);
  });

  it.each([
    new EventTooLargeError(500_000, 409_600),
    new EventRefusedError('The database will not keep the event.'),
    new TwinlogError('store_misconfigured', 'The role may not write.'),
  ])(
    'a decision of the home that this cell cannot keep is not told as one that was not made: %s',
    async (fault) => {
      const { at, storeOf, replicate, insertFaults } = matrix();
      await at(otherName).execute(opening);
      await replicate();
      insertFaults.set(otherName, fault);
      await expect(at(otherName).execute(capturing)).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining(homeName),
        cause: fault,
      });
      expect(await storeOf(homeName).read(stream)).toHaveLength(2);
      insertFaults.clear();
      expect(await at(otherName).execute(capturing)).toMatchObject({ kind: 'alreadyAppended' });
    },
  );

  it('a refusal by the home is the refusal of every cell, for ever', async () => {
    const { at, cuts } = matrix();
    await at(otherName).execute(opening);
    const tooMuch = { ...capturing, command: capture(11) };
    const refusal = { kind: 'refused', code: 'capture_exceeds_amount' };
    expect(await at(otherName).execute(tooMuch)).toMatchObject(refusal);
    cuts.add(homeName);
    expect(await at(otherName).execute(tooMuch)).toMatchObject(refusal);
  });

  it('a command without an id is forwarded all the same, and decided once', async () => {
    const { at, storeOf } = matrix();
    await at(otherName).execute(opening);
    expect(await at(otherName).execute({ stream, command: capture(3) })).toMatchObject({
      state: { captured: 3n },
    });
    expect(await storeOf(homeName).read(stream)).toHaveLength(2);
  });

  it('a forwarded command is two reads where it came in and three at home, and a write for each event that either lacked', async () => {
    const { at, cuts, replicate, tally } = matrix();
    await at(otherName).execute(opening);
    await replicate();
    tally.clear();
    await at(otherName).execute(capturing);
    expect(Object.fromEntries(tally)).toEqual({
      [`${otherName} read`]: 2,
      [`${homeName} read`]: 3,
      [`${homeName} insert`]: 1,
      [`${otherName} insert`]: 1,
    });
    tally.clear();
    await at(otherName).execute(capturing);
    expect(Object.fromEntries(tally)).toEqual({ [`${otherName} read`]: 2 });
    cuts.add(homeName);
    tally.clear();
    await at(otherName).execute({ ...capturing, commandId: 'cut off' });
    expect(Object.fromEntries(tally)).toEqual({ [`${otherName} read`]: 2, [`${otherName} insert`]: 1 });
  });

  it.each([
    ['', capturing.commandId],
    [stream, ''],
    [stream, 'a\u0000'],
    [stream, 'x'.repeat(129)],
  ])(
    'a stream %j or a command id %j that is none is refused everywhere, before anybody is asked',
    async (id, commandId) => {
      const { at, tally } = matrix();
      await at(otherName).execute(opening);
      tally.clear();
      for (const name of names)
        await expect(at(name).execute({ ...capturing, stream: id, commandId })).rejects.toMatchObject({
          code: 'invalid_id',
        });
      expect(tally.size).toBe(0);
    },
  );

  it('a command is recorded once as requested where the home of a known stream cannot be reached', async () => {
    const { at, cuts, storeOf } = matrix();
    await at(otherName).execute(opening);
    cuts.add(homeName);
    for (let times = 0; times < 3; times++) {
      expect(await at(otherName).execute(capturing)).toMatchObject({ kind: 'requested', commandId: 'key' });
    }
    const [, request, ...rest] = await storeOf(otherName).read(stream);
    expect(request).toMatchObject({ requestof: 'key', data: { command: capturing.command } });
    expect(request).not.toHaveProperty('commandid');
    expect(rest).toEqual([]);
  });

  it('a request is decided by the home when it sees it, and by nobody else', async () => {
    const { at, cuts, replicate } = matrix();
    await at(otherName).execute(opening);
    cuts.add(homeName);
    await at(otherName).execute(capturing);
    await replicate();
    expect(await at(thirdName).resolveRequests(stream)).toBe(0);
    expect(await at(homeName).resolveRequests(stream)).toBe(1);
    expect(await at(homeName).resolveRequests(stream)).toBe(0);
    await replicate();
    for (const name of names) {
      expect(await at(name).execute(capturing)).toMatchObject({
        kind: 'alreadyAppended',
        state: { captured: 4n },
      });
    }
  });

  it('a request that the home refuses ends as refused, its If-Match included', async () => {
    const { at, cuts, replicate } = matrix();
    await at(otherName).execute(opening);
    await replicate();
    await at(homeName).execute({ stream, commandId: 'void', command: cancel });
    cuts.add(homeName);
    await at(otherName).execute(capturing);
    await at(otherName).execute({ ...capturing, commandId: 'guarded', ifMatch: `${otherName}.1=1` });
    await replicate();
    expect(await at(homeName).resolveRequests(stream)).toBe(2);
    expect(await at(homeName).execute(capturing)).toMatchObject({
      kind: 'refused',
      code: 'transaction_voided',
    });
    expect(await at(homeName).execute({ ...capturing, commandId: 'guarded' })).toMatchObject({
      kind: 'refused',
      code: 'precondition_failed',
    });
  });

  it('a request beyond an If-Match does not fail it: only what has an effect does', async () => {
    const { at, cuts } = matrix();
    await at(otherName).execute(opening);
    const seen = `${otherName}.1=1`;
    cuts.add(homeName);
    await at(otherName).execute(capturing);
    cuts.clear();
    expect(await at(otherName).execute({ ...capturing, commandId: 'guarded', ifMatch: seen })).toMatchObject({
      kind: 'alreadyAppended',
      state: { captured: 4n },
    });
    expect(await at(otherName).execute({ ...capturing, commandId: 'again', ifMatch: seen })).toMatchObject({
      kind: 'preconditionFailed',
    });
  });

  it.each(['decides it as requested', 'is sent it again'])(
    'a command that two cells have recorded fails no If-Match of its own, where the home %s',
    async (how) => {
      const { at, cuts, replicate, storeOf } = matrix();
      await at(otherName).execute(opening);
      await replicate();
      const view = await at(otherName).read(stream);
      const ifMatch = view.kind === 'read' ? formatVersion(view.fold.version) : '';
      cuts.add(homeName);
      for (const name of [otherName, thirdName])
        expect(await at(name).execute({ ...capturing, ifMatch })).toMatchObject({ kind: 'requested' });
      cuts.clear();
      await replicate();
      if (how === 'is sent it again')
        expect(await at(homeName).execute({ ...capturing, ifMatch })).toMatchObject({ kind: 'appended' });
      else expect(await at(homeName).resolveRequests(stream)).toBe(1);
      const decided = foldEvents(transaction, await storeOf(homeName).read(stream));
      expect(decided.claims.get(capturing.commandId)?.refused).toBeUndefined();
      expect(decided.state?.captured).toBe(4n);
    },
  );

  it('an answer says that a token was capped, whoever judged it: a decision, an If-Match, a request (R18)', async () => {
    const { at, assign, cuts } = matrix();
    await at(otherName).execute(opening);
    assign({ ...first, ended: new Set(['lost.1']) });
    const asking = { ...capturing, atLeast: new Map([['lost.1', 3]]) };
    const capped = ['lost.1'];
    const decided = await at(otherName).execute(asking);
    expect(decided).toMatchObject({ kind: 'alreadyAppended', capped });
    const guarded = { ...asking, commandId: 'guarded', ifMatch: `${otherName}.1=9` };
    expect(await at(otherName).execute(guarded)).toMatchObject({ kind: 'preconditionFailed', capped });
    for (const name of names) {
      const unknown = { ...asking, stream: 'txn_9' };
      expect(await at(name).execute(unknown)).toEqual({ kind: 'notFound', capped });
    }
    cuts.add(homeName);
    const requested = await at(otherName).execute({ ...asking, commandId: 'later' });
    expect(requested).toMatchObject({ kind: 'requested', capped });
  });

  it('an unknown stream is notFound only if every cell could be asked and knows nothing', async () => {
    const { at, cuts, storeOf } = matrix();
    expect(await at(otherName).execute(capturing)).toEqual({ kind: 'notFound' });
    cuts.add(thirdName);
    expect(await at(otherName).execute(capturing)).toMatchObject({ kind: 'unreachable' });
    cuts.delete(thirdName);
    cuts.add(homeName);
    expect(await at(otherName).execute(capturing)).toMatchObject({ kind: 'unreachable' });
    expect(await storeOf(otherName).read(stream)).toEqual([]);
    cuts.clear();
    await at(thirdName).execute(opening);
    expect(await at(otherName).execute(capturing)).toMatchObject({ kind: 'unreachable' });
  });

  it('is not found by the home either while another cell holds it or cannot be asked', async () => {
    const { at, cuts } = matrix();
    expect(await at(homeName).execute(capturing)).toEqual({ kind: 'notFound' });
    cuts.add(thirdName);
    expect(await at(homeName).execute(capturing)).toMatchObject({ kind: 'unreachable' });
    cuts.clear();
    await at(otherName).execute(opening);
    expect(await at(homeName).execute(capturing)).toMatchObject({ kind: 'unreachable' });
  });

  it('is not answered as unknown where its create comes in while the others are asked', async () => {
    const { at, storeOf } = matrix();
    await at(thirdName).execute(opening);
    const [created] = await storeOf(thirdName).read(stream);
    if (!created) throw new Error('the create is stored');
    const fresh = matrix();
    fresh.meanwhile(async () => {
      await ingest(fresh.storeOf(otherName), created);
    });
    expect(await fresh.at(otherName).execute(capturing)).toMatchObject({ kind: 'unreachable' });
  });

  it('a cell behind the client’s token records no request: it would answer with less than the client has seen (R18)', async () => {
    const { at, cuts, storeOf } = matrix();
    await at(otherName).execute(opening);
    cuts.add(homeName);
    const atLeast = new Map([[`${homeName}.1`, 1]]);
    expect(await at(otherName).execute({ ...capturing, atLeast })).toMatchObject({ kind: 'behind' });
    expect(await storeOf(otherName).read(stream)).toHaveLength(1);
  });

  it('after a takeover the new home decides, and what the old one decided unseen is superseded', async () => {
    const { at, assign, replicate, cuts } = matrix();
    await at(otherName).execute(opening);
    await replicate();
    cuts.add(homeName);
    await at(homeName).execute({ stream, commandId: 'old', command: capture(8) });
    assign(takeOver(first, homeName, otherName));
    expect(await at(otherName).execute(capturing)).toMatchObject({
      kind: 'appended',
      state: { captured: 4n },
    });
    await replicate();
    const view = await at(otherName).read(stream);
    if (view.kind !== 'read') throw new Error(view.kind);
    expect(view.fold.state?.captured).toBe(4n);
    expect(view.fold.conflicts).toEqual([expect.objectContaining({ code: 'superseded' })]);
  });

  it('a cell that is no longer the home says so, and decides nothing that is forwarded to it', async () => {
    const { at, assign, storeOf } = matrix();
    await at(homeName).execute(opening);
    assign(takeOver(first, homeName, otherName));
    const answer = await at(homeName).decideForwarded({ request: capturing, events: [] });
    expect(answer).toEqual({ kind: 'notHome', events: [] });
    expect(await storeOf(homeName).read(stream)).toHaveLength(1);
  });
});

describe('under any-cell (R16)', () => {
  it('every cell decides at once, whether or not the others can be reached', async () => {
    const { at, assign, cuts, replicate } = matrix();
    assign(firstAssignment('any-cell', names));
    await at(otherName).execute(opening);
    await replicate();
    for (const name of names) cuts.add(name);
    for (const name of names) {
      const request = { stream, commandId: `key-${name}`, command: capture(3) };
      expect(await at(name).execute(request)).toMatchObject({ kind: 'appended', state: { captured: 3n } });
    }
  });
});
