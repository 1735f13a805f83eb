import { describe, expect, test } from 'vitest';
import { cellSettings } from './settings.ts';

const open = {
  TWINLOG_CELL: 'aws-us-east-1',
  TWINLOG_PEERS: 'azure-eastus',
  TWINLOG_RECEIVE_KEYS: 'a-key-of-sixteen-characters',
};
const needed = { ...open, TWINLOG_AUTHENTICATION: 'off' };
const tokens = {
  TWINLOG_TOKEN_ISSUER: 'https://login.example/',
  TWINLOG_TOKEN_AUDIENCE: 'twinlog',
  TWINLOG_TOKEN_KEYS: 'https://login.example/keys',
};
const urls = { TWINLOG_PEER_URLS: 'azure-eastus=https://cell.example.com/a?b=c' };
const keys = { TWINLOG_FORWARD_KEYS: 'the-key-in-use-now,the-key-before-it' };

describe('the settings of a cell', () => {
  test('are any-cell with nothing else to say, unless told otherwise', () => {
    expect(cellSettings(needed)).toMatchObject({
      origin: 'aws-us-east-1.1',
      policy: 'any-cell',
      peerUrls: new Map(),
      forwardKeys: [],
      settleAfterMs: 900_000,
    });
  });

  test('under home-cell say how every other cell is reached', () => {
    const settings = { ...needed, ...urls, ...keys, TWINLOG_POLICY: 'home-cell' };
    expect(cellSettings({ ...settings, TWINLOG_SETTLE_AFTER_SECONDS: '0.5' })).toMatchObject({
      policy: 'home-cell',
      peerUrls: new Map([['azure-eastus', 'https://cell.example.com/a?b=c']]),
      forwardKeys: ['the-key-in-use-now', 'the-key-before-it'],
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

  test.each([
    [{ TWINLOG_POLICY: 'coin' }, 'TWINLOG_POLICY'],
    [{ TWINLOG_POLICY: 'home-cell', ...keys }, 'TWINLOG_PEER_URLS: has no URL for azure-eastus'],
    [{ TWINLOG_POLICY: 'home-cell', ...urls }, 'TWINLOG_FORWARD_KEYS: holds at least one key'],
    [{ TWINLOG_PEER_URLS: 'azure-eastus' }, 'takes pairs such as azure-eastus=https://'],
    [{ TWINLOG_PEER_URLS: 'azure-eastus=nowhere' }, 'takes pairs such as azure-eastus=https://'],
    [{ TWINLOG_FORWARD_KEYS: 'short' }, 'TWINLOG_FORWARD_KEYS'],
    [{ TWINLOG_SETTLE_AFTER_SECONDS: '-1' }, 'TWINLOG_SETTLE_AFTER_SECONDS'],
  ])('%j is refused by name', (variables, fault) => {
    expect(() => cellSettings({ ...needed, ...variables })).toThrow(fault);
  });
});
