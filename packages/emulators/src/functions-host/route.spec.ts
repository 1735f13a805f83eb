import { describe, expect, it } from 'vitest';
import { compileRoute } from './route.ts';

describe('a route', () => {
  it.each([
    ['transactions/{id}', 'transactions/txn_1', { id: 'txn_1' }],
    ['transactions/{id}', 'Transactions/TXN_1', { id: 'TXN_1' }],
    ['transactions/{id}', 'transactions', undefined],
    ['transactions/{id}', 'transactions/1/capture', undefined],
    ['transactions/{id}', 'transactions/%C3%A4%20b', { id: 'ä b' }],
    ['transactions/{id}', 'transactions/a%2Fb', { id: 'a%2Fb' }],
    ['transactions/{id}', 'transactions/%E4', { id: '%E4' }],
    ['items/{id?}', 'items', {}],
    ['{*path}', '', {}],
    ['{*path}', 'a/b%20c/d', { path: 'a/b c/d' }],
    ['api/{*path}', 'other', undefined],
  ])('%s against /%s gives %o', (template, path, params) => {
    expect(compileRoute(template).match(path)).toEqual(params);
  });

  it.each(['{id:int}', '{*path}/more', 'a{b}'])('%s is refused rather than misread', (template) => {
    expect(() => compileRoute(template)).toThrow(RangeError);
  });
});
