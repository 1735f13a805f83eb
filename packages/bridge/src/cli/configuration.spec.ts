import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';

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
    expect(() => listed(`aws=${url}`)).toThrow(`and not "aws=${url}"`);
    expect(() => filed({ aws: url })).toThrow('cells.json: cells.aws: is no URL such as https://…');
  },
);
