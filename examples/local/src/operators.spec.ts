import { setTimeout as sleep } from 'node:timers/promises';
import { firstAssignment, homeOf, transaction, transactionId } from '@twinlog/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatedBy } from './command-line.fixture.ts';
import { type Matrix, startMatrix } from './matrix.ts';
import { post, usd } from './post.fixture.ts';

let matrix: Matrix;
beforeAll(async () => {
  matrix = await startMatrix('home-cell');
}, 60_000);
afterAll(() => matrix.stop());

const twinlog = (argv: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  operatedBy(matrix)(argv, { TWINLOG_KEY: matrix.operatorKey, ...variables });

/** A transaction whose home is the AWS cell, created there. */
async function created(name: string): Promise<string> {
  const assignment = firstAssignment('home-cell', [matrix.aws.name, matrix.azure.name]);
  for (let at = 0; ; at++) {
    const account = `${name}-${at}`;
    const stream = transactionId(account, 'create', Math.random);
    if (homeOf(assignment, transaction.homeKey?.(stream) ?? stream) !== matrix.aws.name) continue;
    expect((await post(matrix.aws, '', 'create', { account_id: account, ...usd('10.00') })).status).toBe(201);
    return stream;
  }
}

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await sleep(50);
}

const inStep = () => until(async () => (await twinlog(['diff', '--json'])).code === 0);

describe('an operator', () => {
  test.each([
    ['status'],
    ['show', 'txn_1'],
    ['repair', 'txn_1'],
    ['dead-letters'],
    ['dead-letters', 'discard', 'x'],
    ['backfill', 'azure-eastus'],
    ['drain', 'azure-eastus'],
    ['takeover', 'azure-eastus', 'aws-us-east-1', '--force'],
    ['join', 'azure-eastus'],
    ['leave', 'azure-eastus', '--force'],
    ['policy', 'any-cell'],
  ])('who has taken one cell for another is told so, and nothing is done: %s %s %s', async (...argv) => {
    const { aws, azure } = matrix;
    const swapped = { TWINLOG_CELLS: `${aws.name}=${azure.url},${azure.name}=${aws.url}` };
    const { code, out, err } = await twinlog(argv, swapped);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^The cell at http:\S+ says that it is (\S+), and not (?!\1)\S+\. Mend the names .*\n$/,
    );
  });

  test('sees what the cells are, how far they are behind, and that they hold the same', async () => {
    const stream = await created('seen');
    await inStep();
    expect(await twinlog(['status'])).toMatchObject({ code: 0, out: expect.stringContaining('answers') });
    const { code, out } = await twinlog(['lag', '--json', '--max', '5']);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        lag: [
          { from: 'aws-us-east-1', to: 'azure-eastus', behind: 0, oldest_ms: 0 },
          { from: 'azure-eastus', to: 'aws-us-east-1', behind: 0, oldest_ms: 0 },
        ],
      },
    ]);
    expect((await twinlog(['diff'])).out).toBe('The cells hold the same.\n');
    const shown = await twinlog(['show', stream]);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/created\.v1 +aws-us-east-1\.1 1 +counts +counts/);
    expect(shown.out).toContain('azure-eastus has counted aws-us-east-1.1=1');
    expect((await twinlog(['show', 'txn_nothing'])).code).toBe(1);
    expect(await twinlog(['dead-letters'])).toMatchObject({ code: 0, out: 'There are no dead letters.\n' });
  }, 60_000);

  test('sees what a cell that was away lacks, has it repaired, and nothing is written by a dry run', async () => {
    await matrix.azure.cut('ingress');
    const stream = await created('away');
    expect(await twinlog(['diff'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('No answer from'),
    });
    expect(await twinlog(['status'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('cannot be reached'),
    });
    await matrix.azure.restore();
    const dry = await twinlog(['repair', stream, '--dry-run', '--json']);
    const { dry_run, lacking }: { readonly dry_run: boolean; readonly lacking: Record<string, string[]> } =
      JSON.parse(dry.out);
    expect(dry_run).toBe(true);
    expect(dry.code).toBe(Object.values(lacking).flat().length > 0 ? 1 : 0);
    expect(await twinlog(['repair', stream])).toMatchObject({ code: 0 });
    expect((await twinlog(['show', stream])).code).toBe(0);
    // What the cells wrote since may still be on its way: with that, a repair would have something to pull.
    await inStep();
    expect(await twinlog(['repair'])).toMatchObject({ code: 0, out: '0 events pulled.\n' });
    expect((await twinlog(['backfill', 'azure-eastus'])).out).toContain('azure-eastus holds what');
  }, 60_000);

  test('keeps a well-formed dead letter, and may discard one that is none', async () => {
    const deliver = (body: string, type: string) =>
      fetch(`${matrix.aws.url}/replication/events`, {
        method: 'POST',
        headers: { 'content-type': type, 'x-twinlog-key': matrix.receiveKeys.aws },
        body,
      });
    await deliver('not an event', 'text/plain');
    const [event] = await eventsOf(await created('strange'));
    const stranger = { ...event, source: 'urn:twinlog:origin:elsewhere.1' };
    await deliver(JSON.stringify(stranger), 'application/cloudevents+json');
    const { code, out } = await twinlog(['dead-letters', 'list', '--json']);
    const letters: { id: string; code: string }[] = JSON.parse(out).dead_letters;
    expect([code, letters.map((letter) => letter.code).sort()]).toEqual([1, ['malformed', 'unknown_origin']]);
    const first = await twinlog(['dead-letters', '--limit', '1']);
    expect([first.code, first.out.trimEnd().split('\n')]).toEqual([
      1,
      [expect.stringContaining(letters[0]?.id ?? ''), '… and more. See more with --limit.'],
    ]);
    for (const { id, code: why } of letters) {
      expect(await twinlog(['dead-letters', 'show', id])).toMatchObject({
        code: 0,
        out: expect.stringContaining(why),
        err: '',
      });
      const discarded = await twinlog(['dead-letters', 'discard', id, '--dry-run']);
      expect([discarded.code, discarded.out]).toEqual(
        why === 'malformed'
          ? [0, expect.stringContaining('dry run')]
          : [1, expect.stringContaining('well-formed')],
      );
      expect((await twinlog(['dead-letters', 'redrive', id])).code).toBe(1);
      expect((await twinlog(['dead-letters', 'discard', id])).code).toBe(why === 'malformed' ? 0 : 1);
    }
    expect(JSON.parse((await twinlog(['dead-letters', 'list', '--json'])).out).dead_letters).toHaveLength(1);
    expect((await twinlog(['dead-letters', 'show', 'nothing'])).code).toBe(1);
  }, 60_000);

  test('takes over from a cell once that is drained, and gives it back', async () => {
    const stream = await created('over');
    const hasty = await twinlog(['takeover', 'aws-us-east-1', 'azure-eastus']);
    expect(hasty).toMatchObject({ code: 2, err: expect.stringContaining('Drain it first') });
    expect((await twinlog(['takeover', 'aws-us-east-1', 'azure-eastus', '--dry-run'])).code).toBe(1);
    expect((await twinlog(['drain', 'aws-us-east-1', '--dry-run'])).code).toBe(0);
    expect((await post(matrix.aws, `/${stream}/capture`, 'one', usd('1.00'))).status).toBe(200);

    expect(await twinlog(['drain', 'aws-us-east-1'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('the others hold all that it decided'),
    });
    expect((await post(matrix.aws, `/${stream}/capture`, 'two', usd('1.00'))).status).toBe(503);
    const taken = await twinlog(['takeover', 'aws-us-east-1', 'azure-eastus', '--json']);
    expect([taken.code, JSON.parse(taken.out)]).toMatchObject([0, { safe: true }]);
    matrix.links.azureToAws.setCondition('cut');
    expect((await post(matrix.azure, `/${stream}/capture`, 'two', usd('1.00'))).status).toBe(200);
    expect((await twinlog(['drain', 'aws-us-east-1', '--resume', '--dry-run'])).code).toBe(0);
    const resumed = await twinlog(['drain', 'aws-us-east-1', '--resume', '--json']);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.out).pulled).toBeGreaterThanOrEqual(1);
    expect((await matrix.aws.fold(stream)).version.get('azure-eastus.1')).toBe(1);
    matrix.links.azureToAws.setCondition('well');
    expect((await post(matrix.aws, `/${stream}/capture`, 'three', usd('1.00'))).status).toBe(200);
    expect((await twinlog(['show', stream])).out).toContain('captured.v1');
    expect((await twinlog(['show', 'assignments'])).out).toContain('assigned.v1');
  }, 60_000);

  test('does not put a cell out of service where the others cannot take what it decided', async () => {
    const { aws, azure, operatorKey } = matrix;
    const drain = ['drain', aws.name];
    const isDrained = async () => {
      const { cells } = JSON.parse((await twinlog(['status', '--json'])).out);
      return cells[0].assignment.drained.includes(aws.name);
    };
    const alone = { TWINLOG_CELLS: `${aws.name}=${aws.url}` };
    expect(await twinlog(drain, alone)).toMatchObject({ code: 2, out: '' });
    expect(await twinlog(['leave', aws.name, '--force'], alone)).toMatchObject({
      code: 2,
      err: 'This is done at another cell. Configure one, too.\n',
    });
    const wrongKey = {
      TWINLOG_KEY: 'a-key-that-nobody-knows',
      TWINLOG_KEY_AWS_US_EAST_1: operatorKey,
    };
    expect(await twinlog(drain, wrongKey)).toMatchObject({ code: 2, out: '' });
    await azure.cut('ingress');
    for (const argv of [drain, [...drain, '--dry-run']])
      expect(await twinlog(argv)).toMatchObject({
        code: 3,
        out: '',
        err: expect.stringMatching(
          /^Nothing was done: No answer from \S+: \w+. Try again .* To do it all the same, without what cannot be asked, add --force.\n$/,
        ),
      });
    expect(await isDrained()).toBe(false);

    const forced = await twinlog([...drain, '--force', '--json']);
    expect([forced.code, JSON.parse(forced.out)]).toMatchObject([1, { away: [azure.name] }]);
    expect(await isDrained()).toBe(true);
    await azure.restore();
    expect((await twinlog([...drain, '--resume'])).code).toBe(0);
  }, 60_000);

  test('is told that a cell is out of service by now, where what it decided could not be pulled after that', async () => {
    const cutAzure = operatedBy(matrix, async () => matrix.azure.cut('ingress'));
    expect(await cutAzure(['drain', 'aws-us-east-1'])).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining('aws-us-east-1 decides nothing any more, but not all that it decided was'),
    });
    await matrix.azure.restore();
    expect((await twinlog(['drain', 'aws-us-east-1', '--resume'])).code).toBe(0);
  }, 60_000);

  test.each([
    [['lag', '--max', 'soon'], {}, 2, '--max takes a number of seconds from 0 up, and not "soon".'],
    [['lag', '--max', ' '], {}, 2, '--max takes a number of seconds from 0 up, and not " ".'],
    [['diff', '--limit', '0'], {}, 2, '--limit takes a whole number from 1 up, and not "0".'],
    [['diff', '--limit', '2.7'], {}, 2, '--limit takes a whole number from 1 up, and not "2.7".'],
    [['diff', '--from', '1'], {}, 2, '--from takes a day such as 2026-01-31, or a time with its zone'],
    [['diff', '--to', '2026-01-31T12:00'], {}, 2, '--to takes a day such as 2026-01-31, or a time with its'],
    [['diff', '--to', '2026-02-30'], {}, 2, '--to takes a day such as 2026-01-31, or a time with its zone'],
    [['diff', '--config', ''], {}, 2, '--config takes the path of a file.'],
    [['repair', 'txn_1', '--from', '2026-01-01'], {}, 2, 'repair of one stream does not take --from.'],
    [['repair', '--limit', '5'], {}, 2, 'repair without --dry-run, which lists, does not take --limit.'],
    [['backfill', 'azure-eastus', '--limit', '5'], {}, 2, 'which lists, does not take --limit.'],
    [['backfill', 'azure-eastus', '--cell', 'azure-eastus'], {}, 2, 'azure-eastus cannot be filled from'],
    [['dead-letters', '--dry-run'], {}, 2, 'dead-letters list does not take --dry-run.'],
    [['dead-letters', 'show', 'x', '--limit', '5'], {}, 2, 'dead-letters show does not take --limit.'],
    [
      ['drain', 'azure-eastus', '--resume', '--force', '--from', '2026-01-01'],
      {},
      2,
      'does not take --from.',
    ],
    [['mend'], {}, 2, 'There is no command "mend".'],
    [['lag', 'now'], {}, 2, 'lag does not take "now".'],
    [['repair', '--force'], {}, 2, 'repair does not take --force.'],
    [['dead-letters', 'list', 'x'], {}, 2, 'dead-letters list does not take "x".'],
    [
      ['lag', '--max', '-1'],
      {},
      2,
      'argument is ambiguous. To specify an option argument starting with a dash use',
    ],
    [['diff', '--from', '2026-02-01', '--to', '2026-01-01'], {}, 2, 'Give --from an earlier time than --to.'],
    [['backfill', 'azure-eastus', '--cell', 'gcp'], {}, 2, 'There is no cell "gcp".'],
    [['takeover', 'azure-eastus', 'azure-eastus'], {}, 2, 'azure-eastus cannot take over from itself.'],
    [['show', 'x'.repeat(200)], {}, 2, 'The id of a stream has 1 to 128 characters, and this has 200.'],
    [['policy', 'all'], {}, 2, 'policy takes any-cell or home-cell.'],
    [['policy', 'home-cell'], {}, 2, 'The policy is home-cell already.'],
    [['policy', 'home-cell', '--dry-run'], {}, 2, 'The policy is home-cell already.'],
    [['join', 'azure-eastus'], {}, 2, 'azure-eastus is one of the cells already.'],
    [['join', 'azure-eastus', '--dry-run'], {}, 2, 'azure-eastus is one of the cells already.'],
    [['join', 'gcp'], { TWINLOG_CELLS: 'gcp=http://127.0.0.1:9/' }, 3, 'No answer from'],
    [['leave', 'azure-eastus'], {}, 2, 'azure-eastus still decides. Drain it first: drain azure-eastus.'],
    [['drain', 'gcp'], {}, 2, 'There is no cell "gcp". There are aws-us-east-1, azure-eastus.'],
    [['diff', '--from', 'noon'], {}, 2, '--from takes a day such as 2026-01-31,'],
    [['lag', '--deep'], {}, 2, "Unknown option '--deep'"],
    [['lag'], { TWINLOG_CELLS: '' }, 2, 'twinlog.json cannot be read.'],
    [['lag'], { TWINLOG_KEY: '' }, 2, 'There is no key for aws-us-east-1. Set TWINLOG_TOKEN'],
    [['lag'], { TWINLOG_KEY: 'a-key-that-nobody-knows' }, 2, 'Check the key'],
    [['lag'], { TWINLOG_KEY: 'two\nlines' }, 2, 'TWINLOG_KEY holds a line break or another character'],
    [['lag'], { TWINLOG_CELLS: 'a=http://me:secret@127.0.0.1/' }, 2, 'the URL of a is more than an address'],
    [['lag'], { TWINLOG_CELLS: 'a=http://127.0.0.1:9/,b=http://127.0.0.1:9/' }, 3, 'No answer from'],
    [['lag'], { TWINLOG_CELLS: 'a=http://127.0.0.1:2/,b=http://127.0.0.1:2/' }, 3, ': ECONNREFUSED. Try'],
  ])(
    'is told in one line what is wrong with %j (%j)',
    async (argv, variables, code, line) => {
      const { code: ended, out, err } = await twinlog(argv, variables);
      expect([ended, out]).toEqual([code, '']);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(err).toContain(line);
    },
    60_000,
  );

  test('changes the policy, and which cells there are', async () => {
    const { aws, azure, operatorKey } = matrix;
    const atOnce = async (...argv: readonly string[]) => {
      const { code, out } = await operatedBy(matrix, async () => {})([...argv, '--json'], {
        TWINLOG_KEY: operatorKey,
      });
      return { code, ...JSON.parse(out) };
    };
    expect(await atOnce('policy', 'any-cell', '--dry-run')).toMatchObject({ code: 0, at: aws.name });
    expect((await twinlog(['status'])).out).toContain('home-cell');
    const changed = await atOnce('policy', 'any-cell');
    expect(changed).toMatchObject({ code: 0, at: aws.name, policy: 'any-cell' });
    // The next change is made at the other cell, of what that one goes by.
    await until(async () => (await twinlog(['status'])).out.split(changed.stamp).length === 3);
    await atOnce('drain', azure.name);
    expect(await atOnce('leave', azure.name)).toMatchObject({ code: 0, at: aws.name });
    await until(async () => (await fetch(`${azure.url}/health`)).status === 503);
    expect(await atOnce('join', azure.name)).toMatchObject({
      ...{ code: 1, at: aws.name },
      left: [expect.stringContaining('TWINLOG_INCARNATION=2')],
    });
    const { assignment } = JSON.parse((await twinlog(['status', '--json'])).out).cells[0];
    expect(assignment.cells[azure.name]).toBe(2);
  }, 60_000);
});

async function eventsOf(stream: string): Promise<readonly object[]> {
  const answer = await fetch(`${matrix.aws.url}/transactions/${stream}/events`);
  const { events }: { events: readonly object[] } = JSON.parse(await answer.text());
  return events;
}
