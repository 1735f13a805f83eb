import { deadLetter } from '@twinlog/bridge';
import { type DomainEvent, type EventStore, StoreUnavailableError, stampOf } from '@twinlog/core';
import { describe, expect, test } from 'vitest';
import { type OperatedCells, operatedCells } from './operated-cells.fixture.ts';

const names = ['aws', 'azure', 'gcp'];

/** Each command has to end well. */
async function done({ twinlog }: OperatedCells, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) expect([line, await twinlog(line)]).toMatchObject([line, { code: 0 }]);
}

/** Once everything has come everywhere. */
async function settled(cells: OperatedCells) {
  await done(cells, 'repair');
  const stamps = await Promise.all(names.map(async (name) => stampOf(await cells.cell(name).assignment())));
  expect(new Set(stamps).size).toBe(1);
  return cells.cell('aws').assignment();
}

/** What Event Grid would have delivered: the events of one stream that a cell holds. */
async function replicate({ cell }: OperatedCells, from: string, to: string, stream: string) {
  for (const event of await cell(from).store.read(stream)) await cell(to).store.insert(event);
}

describe('a change of the assignment is made of the newest that any cell knows, so that none is lost', () => {
  test('a cell leaves, though the others have not heard that it is drained', async () => {
    const cells = operatedCells(names, 'home-cell');
    let isDrained = false;
    cells.before(async ({ url }) => {
      if (isDrained && url.endsWith('/reconcile')) throw new TypeError('fetch failed');
      isDrained ||= url.endsWith('/assign');
    });
    expect((await cells.twinlog('drain azure')).code).toBe(3);
    cells.before(async () => {});
    await done(cells, 'leave azure');
    const { cells: left, drained } = await settled(cells);
    expect([[...left.keys()], [...drained]]).toEqual([['aws', 'gcp'], []]);
  });

  test('a policy, though a takeover was made elsewhere', async () => {
    const cells = operatedCells(names, 'home-cell');
    expect((await cells.twinlog('takeover aws azure --force')).code).toBe(0);
    await done(cells, 'policy any-cell');
    const { policy, takenOver } = await settled(cells);
    expect([policy, [...takenOver]]).toEqual(['any-cell', [['aws', 'azure']]]);
  });

  test('a takeover by a cell that has heard of nothing yet', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'policy any-cell', 'drain azure', 'takeover azure gcp');
    const { policy, takenOver, drained } = await settled(cells);
    expect([policy, [...takenOver], [...drained]]).toEqual(['any-cell', [['azure', 'gcp']], ['azure']]);
  });

  test('a drain at a cell that has not heard of the policy, and its end by force', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'policy any-cell', 'drain gcp', 'policy home-cell', 'drain gcp --resume --force');
    const { policy, drained } = await settled(cells);
    expect([policy, [...drained]]).toEqual(['home-cell', []]);
  });

  test('and a dry run judges by it', async () => {
    const { twinlog } = operatedCells(names, 'home-cell');
    await twinlog('policy any-cell', ['azure']);
    expect(await twinlog('policy any-cell --dry-run')).toMatchObject({
      code: 2,
      err: 'The policy is any-cell already.\n',
    });
  });
});

describe('a cell that is resumed', () => {
  test('decides again once its store has taken what the others hold, and not before', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain aws');
    const stream = await cells.cell('azure').create('account-1');
    const { store } = cells.cell('aws');
    const { insert } = store;
    const throttled: EventStore['insert'] = async (event) => {
      if (event.partitionkey === stream) throw new StoreUnavailableError('The partition is throttled.');
      return insert(event);
    };
    Object.assign(store, { insert: throttled });
    const { code, out } = await cells.twinlog('drain aws --resume');
    expect([code, out]).toEqual([1, expect.stringContaining('aws does not decide again')]);
    expect((await cells.cell('aws').assignment()).drained.has('aws')).toBe(true);
    Object.assign(store, { insert });
    await done(cells, 'drain aws --resume');
    expect(await store.read(stream)).toHaveLength(1);
  });
});

describe('a takeover', () => {
  test('has the new home hold what the old one had seen, too: its decisions count nowhere without it (R3)', async () => {
    const cells = operatedCells(names, 'home-cell');
    const stream = await cells.cell('gcp').create('account-1');
    await replicate(cells, 'gcp', 'azure', stream);
    await done(cells, 'drain azure', 'takeover azure aws');
    expect(await cells.cell('aws').store.read(stream)).toHaveLength(1);
  });

  test('of what another has taken over is made of that one, or once it is drained, and takes all that it decided', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'takeover azure gcp');
    const refusal = {
      code: 2,
      out: '',
      err: 'gcp has taken over from azure. Take over from gcp, or drain gcp first.\n',
    };
    for (const how of ['', ' --dry-run', ' --force'])
      expect(await cells.twinlog(`takeover azure aws${how}`)).toEqual(refusal);
    const stream = await cells.cell('gcp').create('account-1');
    cells.away.add('aws');
    expect((await cells.twinlog('drain gcp --force')).code).toBe(1);
    cells.away.delete('aws');
    await done(cells, 'takeover azure aws');
    expect(await cells.cell('aws').store.read(stream)).toHaveLength(1);
    expect([...(await settled(cells)).takenOver]).toEqual([['azure', 'aws']]);
  });
});

describe('a takeover of what one that is gone had taken over', () => {
  test('is said to need force before anything is done, and what to do instead', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'takeover azure gcp', 'drain gcp');
    const stream = await cells.cell('azure').create('account-1');
    cells.away.add('gcp');
    for (const how of ['', ' --dry-run'])
      expect(await cells.twinlog(`takeover azure aws${how}`)).toEqual({
        ...{ code: 2, out: '' },
        err: 'gcp had taken over from azure or aws, and cannot be asked what it decided. Take over from gcp: takeover gcp aws --force. Or do it without, and lose what gcp decided and aws lacks, with --force.\n',
      });
    expect(await cells.cell('aws').store.read(stream)).toEqual([]);
    const { code, out } = await cells.twinlog('takeover azure aws --force');
    expect([code, out]).toEqual([1, expect.stringContaining('gcp was not asked, and what it decided')]);
    expect(await cells.cell('aws').store.read(stream)).toHaveLength(1);
  });

  test('has the new home hold what a taker decided, though the cell that it took over from is gone', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'takeover azure gcp');
    const stream = await cells.cell('gcp').create('account-1');
    cells.away.add('aws');
    expect((await cells.twinlog('drain gcp --force')).code).toBe(1);
    cells.away.delete('aws');
    cells.away.add('azure');
    expect((await cells.twinlog('takeover azure aws --force')).code).toBe(0);
    expect(await cells.cell('aws').store.read(stream)).toHaveLength(1);
  });

  test('is done by force where a taker answers, and its log cannot be read: it says so', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'takeover azure gcp', 'drain gcp');
    cells.away.add('azure');
    cells.before(async ({ url }) => {
      if (url.endsWith('/reconcile')) throw new TypeError('fetch failed');
    });
    expect((await cells.twinlog('takeover azure aws --force')).out).toContain('gcp was not asked');
    expect((await cells.cell('aws').assignment()).takenOver.get('azure')).toBe('aws');
  });

  test('goes back through cells that are gone, by the one that decides now', async () => {
    const cells = operatedCells(names, 'home-cell');
    cells.away.add('azure');
    expect((await cells.twinlog('takeover azure aws --force')).code).toBe(0);
    expect((await cells.twinlog('takeover aws gcp --force')).code).toBe(0);
    cells.away.delete('azure');
    cells.away.add('aws');
    await cells.twinlog('drain gcp --force');
    const { code, err } = await cells.twinlog('takeover gcp azure --force');
    expect([code, err.includes('has taken over from')]).toEqual([1, false]);
    expect((await cells.cell('azure').assignment()).takenOver.get('gcp')).toBe('azure');
  });

  test('is refused where the new home has lost its own to another, and has it hold that once it is drained', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'takeover azure gcp');
    const stream = await cells.cell('gcp').create('account-1');
    await done(cells, 'drain azure --resume', 'drain azure', 'takeover azure gcp', 'drain aws');
    expect(await cells.twinlog('takeover aws azure')).toMatchObject({ code: 2, out: '' });
    expect(await cells.cell('azure').store.read(stream)).toHaveLength(1);
  });
});

describe('a cell leaves', () => {
  test('once the others hold what it alone held of a cell that is gone', async () => {
    const cells = operatedCells(names, 'any-cell');
    const stream = await cells.cell('gcp').create('account-1');
    await replicate(cells, 'gcp', 'azure', stream);
    cells.away.add('gcp');
    await done(cells, 'leave gcp --force');
    for (const line of ['drain azure', 'leave azure'])
      expect(await cells.twinlog(line, ['aws', 'azure'])).toMatchObject({ code: 0 });
    expect(await cells.cell('aws').store.read(stream)).toHaveLength(1);
  });

  test('once the others hold what it decided after its drain, too', async () => {
    const cells = operatedCells(names, 'any-cell');
    const stream = await cells.cell('azure').create('account-1');
    const [event] = await cells.cell('azure').store.read(stream);
    await done(cells, 'drain azure');
    // A process that was suspended amid a decision writes it once it goes on.
    const id = `${event?.id}`.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const late = { ...event, id, sequence: '0000000009' } as DomainEvent;
    await cells.cell('azure').store.insert(late);
    await done(cells, 'leave azure');
    for (const name of ['aws', 'gcp']) expect(await cells.cell(name).store.read(stream)).toContainEqual(late);
  });

  test('not while it decides for another, whose transactions would have no home', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'takeover azure aws', 'drain aws');
    const refusal = 'aws decides for azure. Resume that, or have another cell take it over, first.\n';
    expect(await cells.twinlog('leave aws')).toMatchObject({
      code: 2,
      err: expect.stringContaining(refusal),
    });
    await done(cells, 'takeover azure gcp', 'leave aws');
    expect([...(await settled(cells)).takenOver]).toEqual([['azure', 'gcp']]);
  });

  test('not where what it decided could not be pulled', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure');
    cells.away.add('gcp');
    expect(await cells.twinlog('leave azure')).toMatchObject({ code: 3, out: '' });
    expect((await cells.cell('aws').assignment()).cells.has('azure')).toBe(true);
  });
});

describe('a dry run says no where the command would be refused, and that at once', () => {
  test('of a cell that is to leave while one that is in force is not configured, or away', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain azure', 'repair');
    for (const dryRun of ['', ' --dry-run']) {
      const configured = await cells.twinlog(`leave azure${dryRun}`, ['aws', 'azure']);
      expect(configured).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('gcp is in force too'),
      });
      cells.away.add('gcp');
      expect(await cells.twinlog(`leave azure${dryRun}`)).toMatchObject({ code: 3, out: '' });
      cells.away.delete('gcp');
    }
  });

  test('of one that is to be drained, or resumed, and cannot be', async () => {
    const cells = operatedCells(names, 'home-cell');
    await done(cells, 'drain gcp', 'leave gcp');
    const stream = await cells.cell('aws').create('account-1');
    for (const [line, err] of [
      ['drain azure --resume', 'azure decides already.\n'],
      ['drain gcp', 'There is no cell "gcp". There are aws, azure.\n'],
    ]) {
      for (const dryRun of ['', ' --dry-run'])
        expect(await cells.twinlog(`${line}${dryRun}`)).toEqual({ code: 2, out: '', err });
    }
    expect(await cells.cell('azure').store.read(stream)).toEqual([]);
  });

  test('of a backfill tells what the cell lacks, and nothing that others do', async () => {
    const cells = operatedCells(names, 'any-cell');
    const here = await cells.cell('gcp').create('account-1');
    const there = await cells.cell('azure').create('account-2');
    const told = await cells.twinlog('backfill gcp --dry-run');
    expect(told).toMatchObject({ code: 1, out: expect.stringContaining('1 missing. They would be pulled.') });
    expect([told.out.includes(here), told.out.includes(there)]).toEqual([false, true]);
    await done(cells, 'backfill gcp');
    expect(await cells.twinlog('backfill gcp --dry-run')).toMatchObject({
      code: 0,
      out: 'gcp lacks nothing.\n',
    });
  });
});

test('a part of the log is no ground to stop a cell, or to have another decide for it', async () => {
  const { twinlog } = operatedCells(names, 'home-cell');
  for (const line of ['drain azure', 'takeover azure aws'])
    expect(await twinlog(`${line} --from 2026-01-01`)).toMatchObject({ code: 2, out: '' });
});

test('what one of three cells lacks is told once', async () => {
  const cells = operatedCells(names, 'any-cell');
  const stream = await cells.cell('azure').create('account-1');
  await replicate(cells, 'azure', 'aws', stream);
  const told = await cells.twinlog('diff --json');
  expect(JSON.parse(told.out)).toMatchObject({ missing: 1, shown: [{ missing_in: 'gcp', stream }] });
});

test('a cell that joins again is told of under which incarnation it has to be deployed', async () => {
  const cells = operatedCells(names, 'home-cell');
  await done(cells, 'drain gcp', 'leave gcp');
  const { code, out } = await cells.twinlog('join gcp');
  expect([code, out.split('\n')[1]]).toEqual([
    1,
    'It runs as gcp.1, which has ended, and answers 503 until it is deployed with TWINLOG_INCARNATION=2.',
  ]);
});

test('why a cell cannot be reached is in its line of the status', async () => {
  const cells = operatedCells(names, 'home-cell');
  cells.away.add('gcp');
  const { code, out } = await cells.twinlog('status');
  expect([code, out]).toEqual([
    3,
    expect.stringMatching(/^gcp +cannot be reached: No answer from http:\/\/gcp/m),
  ]);
});

test('a drain knows which cells there are, not only which are configured', async () => {
  const cells = operatedCells(names, 'home-cell');
  const refused = await cells.twinlog('drain azure', ['aws', 'azure']);
  expect(refused).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('gcp is in force too, and is to hold what azure decided.'),
  });
  expect((await cells.cell('azure').assignment()).drained.has('azure')).toBe(false);
  const forced = await cells.twinlog('drain azure --force --json', ['azure']);
  expect([forced.code, JSON.parse(forced.out)]).toMatchObject([1, { away: ['aws', 'gcp'] }]);
});

describe('what two cells hold differently at one place', () => {
  test.each(['the same id', 'another id'])('is shown, and promised to no repair: under %s', async (kind) => {
    const cells = operatedCells(names, 'any-cell');
    const stream = await cells.cell('azure').create('account-1');
    const [event] = await cells.cell('azure').store.read(stream);
    const id =
      kind === 'the same id' ? event?.id : event?.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    await cells
      .cell('aws')
      .store.insert({ ...event, id, data: { ...event?.data, amount: '9.00' } } as DomainEvent);
    await replicate(cells, 'azure', 'gcp', stream);

    const shown = await cells.twinlog(`show ${stream}`);
    expect(shown.code).toBe(1);
    expect(shown.out).toContain('DIVERGENCE: cells hold different events at one place. Tell the developers.');
    expect(shown.out).not.toContain('repair');
    const { code, out } = await cells.twinlog(`repair ${stream} --dry-run --json`);
    expect([code, JSON.parse(out)]).toEqual([
      1,
      {
        dry_run: true,
        lacking: { aws: [], azure: [], gcp: [] },
        divergent: [...new Set([id, event?.id])],
      },
    ]);
  });
});

test('a dead letter that somebody else has seen to meanwhile is said to be gone', async () => {
  const cells = operatedCells(names, 'any-cell');
  const { letters } = cells.cell('aws');
  const letter = deadLetter({ direction: 'in', code: 'malformed', detail: 'No.' }, { json: '7' }, 0);
  for (const action of ['redrive', 'discard']) {
    await letters.put(letter);
    cells.before(async ({ url }) => {
      if (url.endsWith(action)) await letters.remove(letter.id);
    });
    expect(await cells.twinlog(`dead-letters ${action} ${letter.id}`)).toMatchObject({
      code: 1,
      out: `There is no dead letter ${letter.id} any more: somebody else has seen to it.\n`,
    });
  }
  expect(await cells.twinlog(`dead-letters show ${'x'.repeat(101)}`)).toMatchObject({
    code: 2,
    err: 'The id of a letter has 1 to 100 characters, and this has 101.\n',
  });
});

test('programs are told of a stream that no cell holds in the form of any other, and that a run was dry', async () => {
  const { cell, twinlog } = operatedCells(names, 'any-cell');
  const shapeOf = async (stream: string) =>
    Object.keys(JSON.parse((await twinlog(`show ${stream} --json`)).out)).sort();
  const held = await shapeOf(await cell('aws').create('account-1'));
  expect(await shapeOf('txn_1')).toEqual(held);
  await twinlog('repair');
  for (const line of ['repair', 'backfill gcp'])
    expect(JSON.parse((await twinlog(`${line} --dry-run --json`)).out)).toEqual({
      ...{ dry_run: true, missing: 0, shown: [] },
    });
});
