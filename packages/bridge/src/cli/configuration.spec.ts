import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { UsageError } from './usage-error.ts';

const key = { TWINLOG_KEY: 'a-key' };
const listed = (TWINLOG_CELLS: string) =>
  readConfiguration({ ...key, TWINLOG_CELLS }, undefined, () => undefined);
const filed = (cells: object) => readConfiguration(key, 'cells.json', () => JSON.stringify({ cells }));

test('cells are listed with or without spaces, or stand in a file', () => {
  const cells = [
    { name: 'aws', url: 'https://aws.example.com/base', key: 'a-key' },
    { name: 'azure', url: 'http://127.0.0.1:8080', key: 'a-key' },
  ];
  expect(listed('aws=https://aws.example.com/base, azure=http://127.0.0.1:8080')).toEqual(cells);
  expect(filed({ aws: 'https://aws.example.com/base', azure: 'http://127.0.0.1:8080' })).toEqual(cells);
});

test('a cell that is named twice would be compared with itself, so it is refused', () => {
  expect(() =>
    listed('aws=https://a.example.com,azure=https://b.example.com,aws=https://c.example.com'),
  ).toThrow('TWINLOG_CELLS names aws twice. Name each cell once.');
});

test.each(['aws.example.com', '127.0.0.1:8080', 'ftp://a.example.com', ''])(
  '%j is no address of a cell',
  (url) => {
    expect(() => listed(`aws=${url}`)).toThrow(/and not "aws=|: the URL of aws is no URL such as/);
    expect(() => filed({ aws: url })).toThrow('cells.json: cells.aws: is no URL such as https://…');
  },
);

test.each([
  'https://me:secret@a.example.com',
  'https://me@a.example.com',
  'https://a.example.com/?x=1',
  'https://a.example.com/#x',
])('%j says more than an address', (url) => {
  expect(() => listed(`aws=${url}`)).toThrow('TWINLOG_CELLS: the URL of aws is more than an address');
  expect(() => filed({ aws: url })).toThrow('cells.json: cells.aws: is more than an address');
});

test.each(['TWINLOG_KEY', 'TWINLOG_KEY_AWS', 'TWINLOG_TOKEN'])(
  '%s that no header can carry is refused, and not said again',
  (name) => {
    const read = (secret: string) =>
      readConfiguration({ TWINLOG_CELLS: 'aws=https://a.example.com', [name]: secret }, undefined, () => '');
    for (const secret of ['schlüssel…', 'two\nlines', 'a\u0000b'])
      expect(() => read(secret)).toThrow(
        new UsageError(
          `${name} holds a line break or another character that no key or token has. Set it anew.`,
        ),
      );
    expect(read(' a key \n')[0]).toMatchObject({ [name === 'TWINLOG_TOKEN' ? 'token' : 'key']: 'a key' });
  },
);
