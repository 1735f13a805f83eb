import { expect, test } from 'vitest';
import { readAction } from './actions.ts';
import { refusal } from './guard.ts';

const own = { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000', 'content-type': 'application/json' };
const asked = (method: string, headers: Readonly<Record<string, string | undefined>>) =>
  refusal({ method, headers: { ...headers } }, 4_000);

test('the page of the console is answered, by either name of the interface', () => {
  expect(asked('GET', { host: '127.0.0.1:4000' })).toBeUndefined();
  expect(asked('POST', own)).toBeUndefined();
  expect(asked('POST', { ...own, host: 'localhost:4000', origin: 'http://localhost:4000' })).toBeUndefined();
  expect(asked('POST', { ...own, 'sec-fetch-site': 'same-origin' })).toBeUndefined();
});

test.each([
  ['a name that somebody has pointed here', 'GET', { host: 'evil.example:4000' }],
  ['no name', 'GET', {}],
  ['another port', 'GET', { host: '127.0.0.1:4001' }],
  ['another page that reads', 'GET', { ...own, origin: 'https://evil.example' }],
  ['another page without an origin', 'GET', { host: own.host, 'sec-fetch-site': 'cross-site' }],
  ['another page that writes', 'POST', { ...own, origin: 'https://evil.example' }],
  ['a page on another port', 'POST', { ...own, origin: 'http://127.0.0.1:5000' }],
  ['a sandboxed page', 'POST', { ...own, origin: 'null' }],
  ['no page at all that writes', 'POST', { ...own, origin: undefined }],
  ['a form', 'POST', { ...own, 'content-type': 'text/plain' }],
])('is refused: %s', (_, method, headers) => {
  expect(asked(method, headers)).toMatch(/\.$/);
});

test('an action is one of the page, and any other is refused in a sentence', () => {
  expect(readAction('{"do":"cell","side":"aws","cut":true}')).toEqual({ do: 'cell', side: 'aws', cut: true });
  for (const bad of [
    '',
    '{}',
    '[]',
    '{"do":"cell","side":"gcp","cut":true}',
    '{"do":"race","more":1}',
    '{"do":"send","count":1000,"client":"sdk"}',
    '{"do":"traffic","on":true,"perSecond":0,"client":"sdk"}',
  ])
    expect(readAction(bad)).toMatch(/^The action is not/);
});
