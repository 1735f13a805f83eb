import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeTraffic } from './make-traffic.ts';
import { dealChains } from './schedule.ts';
import { fillIn, parseTraffic, readTraffic } from './traffic.ts';

describe('a traffic file', () => {
  const create = '{"method":"POST","path":"/transactions","body":{"amount":1.10},"as":"t1"}';

  test('has one request a line; a body that is no string is sent as JSON, its numbers as they are written', () => {
    const [first, second] = parseTraffic(
      `${create}\n\n{"method":"GET","path":"/transactions/\${t1.transaction_id}","at":5,"body":"as it is"}`,
      'file',
    );
    expect(first).toMatchObject({ number: 1, method: 'POST', body: '{"amount":1.10}', as: 't1', needs: [] });
    expect(second).toMatchObject({ number: 3, method: 'GET', body: 'as it is', at: 5, needs: ['t1'] });
  });

  test.each([
    ['{"method":"GET"', 'f:2: is not JSON'],
    ['[]', 'f:2: the line'],
    ['{"method":"GET"}', 'f:2: path'],
    ['{"method":"get","path":"/"}', 'f:2: method: must be a method in capitals'],
    ['{"method":"GET","path":"x"}', 'f:2: path: must start with /'],
    ['{"method":"GET","path":"/","at":"soon"}', 'f:2: at: must be a number of milliseconds'],
    ['{"method":"GET","path":"/","at":-1}', 'f:2: at'],
    ['{"method":"GET","path":"/","verb":1}', 'f:2: the line'],
    [`{"method":"GET","path":"/\${t9.id}"}`, 'f:2: refers to "t9", and no line before it has that name'],
    ['{"method":"GET","path":"/","as":"t1"}', 'f:2: the name "t1" is taken'],
  ])('names the file, the line and the fault: %s', (line, fault) => {
    expect(() => parseTraffic(`${create}\n${line}\n`, 'f')).toThrow(fault);
  });

  test('is refused by name where it is empty or cannot be read', () => {
    expect(() => parseTraffic('\n\n', 'f')).toThrow('f: has no requests in it');
    expect(() => readTraffic('/no/such/file')).toThrow('/no/such/file: cannot be read');
  });

  test('fills in fields of earlier answers, and nothing for a field that is not there', () => {
    const answers = new Map<string, unknown>([['t1', { transaction_id: 'txn_1' }]]);
    expect(fillIn(`/a/\${t1.transaction_id}/\${t1.other}/\${t2.x}`, answers)).toBe('/a/txn_1//');
  });

  test('that comes with the example is what its maker makes, and has what the main job is to show', () => {
    const file = fileURLToPath(new URL('../traffic.ndjson', import.meta.url));
    expect(readFileSync(file, 'utf8')).toBe(makeTraffic());
    const lines = readTraffic(file);
    expect(new Set(lines.map(({ text }) => text)).size).toBeGreaterThanOrEqual(2_000);
    const accounts = lines.flatMap(({ body }) => /"account_id":"(acct-\d+)"/.exec(body ?? '')?.[1] ?? []);
    expect(new Set(accounts).size).toBeGreaterThanOrEqual(50);
    for (const currency of ['USD', 'EUR', 'JPY', 'BHD']) {
      expect(lines.some(({ body }) => body?.includes(currency))).toBe(true);
    }
  });
});

describe('dealing lines to clients', () => {
  const numbers = (content: string) =>
    dealChains(parseTraffic(content, 'f')).map(({ volleys }) =>
      volleys.map((volley) => volley.map(({ number }) => number)),
    );

  test('keeps what concerns one transaction in order, and sends together what has the same time', () => {
    const create = '{"method":"POST","path":"/t","as":"a","at":1}';
    const on = (name: string, at?: number) =>
      `{"method":"POST","path":"/t/\${${name}.id}"${at === undefined ? '' : `,"at":${at}`}}`;
    expect(
      numbers(
        [
          create,
          create,
          '{"method":"POST","path":"/u","as":"b"}',
          on('a', 2),
          on('b'),
          on('b'),
          on('a', 2),
        ].join('\n'),
      ),
    ).toEqual([
      [
        [1, 2],
        [4, 7],
      ],
      [[3], [5], [6]],
    ]);
  });
});
