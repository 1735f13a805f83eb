import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cellSettings } from './settings.ts';

const open = {
  TWINLOG_CELL: 'aws-us-east-1',
  TWINLOG_PEERS: 'azure-eastus',
  TWINLOG_RECEIVE_KEYS: 'a-key-of-sixteen-characters',
  TWINLOG_PEER_URLS: 'azure-eastus=https://cell.example.com/a=c',
  TWINLOG_FORWARD_KEYS: 'the-key-in-use-now,the-key-before-it',
};
const needed = { ...open, TWINLOG_AUTHENTICATION: 'off' };
const tokens = {
  TWINLOG_TOKEN_ISSUER: 'https://login.example/',
  TWINLOG_TOKEN_AUDIENCE: 'twinlog',
  TWINLOG_TOKEN_KEYS: 'https://login.example/keys',
};

describe('the settings of a cell', () => {
  test('are any-cell in its first incarnation, unless told otherwise', () => {
    expect(cellSettings(needed)).toMatchObject({
      origin: 'aws-us-east-1.1',
      incarnation: 1,
      policy: 'any-cell',
      peerUrls: new Map([['azure-eastus', 'https://cell.example.com/a=c']]),
      forwardKeys: ['the-key-in-use-now', 'the-key-before-it'],
      settleAfterMs: 900_000,
    });
  });

  test('are each in the table of the README, by their whole name', () => {
    const textOf = (file: string) => readFileSync(path.join(import.meta.dirname, file), 'utf8');
    const names = [...textOf('settings.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(25);
    const readme = textOf('../README.md');
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test('are what they are told', () => {
    const told = {
      TWINLOG_POLICY: 'home-cell',
      TWINLOG_INCARNATION: '2',
      TWINLOG_SETTLE_AFTER_SECONDS: '0.5',
    };
    expect(cellSettings({ ...needed, ...told })).toMatchObject({
      origin: 'aws-us-east-1.2',
      incarnation: 2,
      policy: 'home-cell',
      settleAfterMs: 500,
    });
  });

  test('ask every caller for a token, unless somebody says that nobody need have one', () => {
    expect(cellSettings({ ...open, ...tokens }).authentication).toEqual({
      issuer: 'https://login.example/',
      audience: 'twinlog',
      keys: new URL('https://login.example/keys'),
      algorithms: ['RS256'],
    });
    expect(cellSettings(needed).authentication).toBe('off');
    expect(() => cellSettings(open)).toThrow('To let anyone call, say TWINLOG_AUTHENTICATION=off');
    expect(() => cellSettings({ ...open, ...tokens, TWINLOG_TOKEN_ALGORITHMS: 'RS256,HS256' })).toThrow(
      'TWINLOG_TOKEN_ALGORITHMS',
    );
  });

  test('let senders in by keys, by tokens of Entra, or by both while the one replaces the other', () => {
    const { TWINLOG_RECEIVE_KEYS: _, ...keyless } = needed;
    const entra = {
      TWINLOG_RECEIVE_ISSUER: 'https://login.microsoftonline.com/a-tenant/v2.0',
      TWINLOG_RECEIVE_AUDIENCE: 'api://twinlog',
      TWINLOG_RECEIVE_SUBJECTS: 'one,two',
      TWINLOG_PEER_SUBJECTS: 'three',
    };
    expect(cellSettings({ ...keyless, ...entra })).toMatchObject({
      receiveKeys: [],
      receiveTokens: {
        senders: ['one', 'two'],
        peers: ['three'],
        keysUrl: 'https://login.microsoftonline.com/a-tenant/discovery/v2.0/keys',
      },
    });
    expect(() => cellSettings(keyless)).toThrow('TWINLOG_RECEIVE_KEYS: holds at least one key');
    for (const name of ['TWINLOG_RECEIVE_SUBJECTS', 'TWINLOG_PEER_SUBJECTS'])
      expect(() => cellSettings({ ...needed, ...entra, [name]: '' })).toThrow(`${name}: is missing`);
  });

  test('let operators in by an application of their own, and never by that of cells or clients', () => {
    const operators = {
      TWINLOG_OPERATOR_ISSUER: 'https://login.microsoftonline.com/a-tenant/v2.0',
      TWINLOG_OPERATOR_AUDIENCE: 'operations',
    };
    expect(cellSettings(needed).operatorTokens).toBeUndefined();
    expect(cellSettings({ ...needed, ...operators }).operatorTokens).toEqual({
      issuer: 'https://login.microsoftonline.com/a-tenant/v2.0',
      audience: 'operations',
      roles: ['Operator'],
      keysUrl: 'https://login.microsoftonline.com/a-tenant/discovery/v2.0/keys',
    });
    const refused = (changed: object) => () =>
      cellSettings({ ...needed, ...tokens, ...operators, ...changed });
    expect(refused({ TWINLOG_OPERATOR_AUDIENCE: '' })).toThrow('TWINLOG_OPERATOR_AUDIENCE: is missing');
    expect(refused({ TWINLOG_OPERATOR_ISSUER: 'entra' })).toThrow('TWINLOG_OPERATOR_ISSUER: takes the URL');
    expect(refused({ TWINLOG_OPERATOR_AUDIENCE: 'twinlog' })).toThrow(
      'TWINLOG_OPERATOR_AUDIENCE: is TWINLOG_TOKEN_AUDIENCE too',
    );
    expect(refused({ TWINLOG_RECEIVE_AUDIENCE: 'operations' })).toThrow(
      'TWINLOG_OPERATOR_AUDIENCE: is TWINLOG_RECEIVE_AUDIENCE too',
    );
  });

  test.each([
    [{ TWINLOG_POLICY: 'coin' }, 'TWINLOG_POLICY'],
    [{ TWINLOG_PEER_URLS: '' }, 'TWINLOG_PEER_URLS: has no URL for azure-eastus'],
    [{ TWINLOG_FORWARD_KEYS: '' }, 'TWINLOG_FORWARD_KEYS: holds at least one key'],
    [{ TWINLOG_INCARNATION: '0' }, 'TWINLOG_INCARNATION'],
    [{ TWINLOG_PEER_URLS: 'azure-eastus' }, 'takes pairs such as azure-eastus=https://'],
    [{ TWINLOG_PEER_URLS: 'azure-eastus=nowhere' }, 'takes pairs such as azure-eastus=https://'],
    [{ TWINLOG_PEER_URLS: 'azure-eastus=ftp://a.example.com' }, 'takes pairs such as azure-eastus=https://'],
    [
      { TWINLOG_PEER_URLS: 'azure-eastus=https://me@a.example.com' },
      'takes pairs such as azure-eastus=https://',
    ],
    [{ TWINLOG_FORWARD_KEYS: 'short' }, 'TWINLOG_FORWARD_KEYS'],
    [{ TWINLOG_FORWARD_KEYS: 'schlüssel-der-passt' }, 'holds a line break or a character beyond ASCII'],
    [{ TWINLOG_SETTLE_AFTER_SECONDS: '-1' }, 'TWINLOG_SETTLE_AFTER_SECONDS'],
  ])('%j is refused by name', (variables, fault) => {
    expect(() => cellSettings({ ...needed, ...variables })).toThrow(fault);
  });
});
