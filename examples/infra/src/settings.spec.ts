import { describe, expect, test } from 'vitest';
import { cellSettings } from './settings.ts';

const needed = {
  TWINLOG_CELL: 'aws-us-east-1',
  TWINLOG_PEERS: 'azure-eastus',
  TWINLOG_RECEIVE_KEYS: 'a-key-of-sixteen-characters',
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
