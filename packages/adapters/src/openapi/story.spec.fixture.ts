import { transactionId } from '@twinlog/core';
import { testCell } from '../cell.spec.fixture.ts';
import type { Example } from './example.ts';

type Step = Omit<Example, 'response'>;

const json = { 'content-type': 'application/json' };
const id = (key: string) => transactionId('account-7', key, () => 0);
const order = id('order-1');

function post(name: string, summary: string, path: string, key: string, body?: object, headers = {}): Step {
  const operation = path === '/transactions' ? 'create' : (path.split('/')[3] ?? '');
  const sent = { ...(body && json), 'idempotency-key': key, ...headers };
  return {
    name,
    summary,
    operation,
    request: { method: 'POST', path, headers: sent, ...(body && { body }) },
  };
}

function get(name: string, summary: string, operation: string, path: string, headers = {}): Step {
  return { name, summary, operation, request: { method: 'GET', path, headers } };
}

const usd = (amount: string) => ({ amount, currency: 'USD' });
const opening = (fields: object) => ({ account_id: 'account-7', ...fields });
const create = (name: string, summary: string, key: string, body: object) =>
  post(name, summary, '/transactions', key, body);

/** What is done to one cell from its first request on. Every example of the API's document is one of these. */
const steps: readonly Step[] = [
  create('created', 'A transaction of 10 US dollars', 'order-1', opening(usd('10.00'))),
  create('sentAgain', 'The same, sent again', 'order-1', opening(usd('10.00'))),
  create(
    'expiring',
    'One that may be expired later',
    'order-2',
    opening({ ...usd('5.00'), expires_at: '2026-01-01T00:00:00Z' }),
  ),
  create(
    'yen',
    'An amount without decimals, as a number',
    'order-3',
    opening({ amount: 1200, currency: 'JPY' }),
  ),
  create('declinedLater', 'One that the issuer will decline', 'order-4', opening(usd('7.50'))),
  create('tooPrecise', 'More decimals than the currency has', 'order-5', opening(usd('10.001'))),
  create('keyReused', 'A key that was used for something else', 'order-1', opening(usd('11.00'))),
  create('faults', 'Every fault at once', 'order-6', { account_id: '', currency: 'USD', note: 'x' }),
  post('captured', 'A part of it', `/transactions/${order}/capture`, 'capture-1', usd('7.50')),
  post('tooMuch', 'More than is left', `/transactions/${order}/capture`, 'capture-2', usd('2.51')),
  post(
    'stale',
    'A decision on an older version',
    `/transactions/${order}/capture`,
    'capture-3',
    usd('1.00'),
    {
      'if-match': '"aws-us-east-1.1=1"',
    },
  ),
  post('otherCurrency', 'Another currency', `/transactions/${order}/capture`, 'capture-4', {
    amount: '1.00',
    currency: 'EUR',
  }),
  post('refunded', 'A part of what was captured', `/transactions/${order}/refund`, 'refund-1', usd('2.00')),
  post('refundTooMuch', 'More than was captured', `/transactions/${order}/refund`, 'refund-2', usd('5.51')),
  post('voided', 'Nothing was captured yet', `/transactions/${id('order-3')}/void`, 'void-1'),
  post('captureAfterAll', 'Something was captured already', `/transactions/${order}/void`, 'void-2'),
  post('declined', 'The issuer said no', `/transactions/${id('order-4')}/decline`, 'decline-1', {}),
  post('expired', 'Its time has come', `/transactions/${id('order-2')}/expire`, 'expire-1'),
  post('neverExpires', 'It was created without an expiry', `/transactions/${order}/expire`, 'expire-2'),
  get('current', 'As it is now', 'getTransaction', `/transactions/${order}`),
  get('unchanged', 'Nothing new', 'getTransaction', `/transactions/${order}`, {
    'if-none-match': '"aws-us-east-1.1=6"',
  }),
  get(
    'behind',
    'A cell that has not seen all that the client has',
    'getTransaction',
    `/transactions/${order}`,
    {
      'consistency-token': `${order};aws-us-east-1.1=6,azure-eastus.1=1`,
    },
  ),
  get('unknown', 'No such transaction', 'getTransaction', `/transactions/${id('order-9')}`),
  get('events', 'In canonical order', 'getEvents', `/transactions/${id('order-3')}/events`),
  get('batch', 'As a CloudEvents batch', 'getEvents', `/transactions/${id('order-3')}/events`, {
    accept: 'application/cloudevents-batch+json',
  }),
  get('page', 'Two to a page', 'listTransactions', '/accounts/account-7/transactions?limit=2'),
  get('badLimit', 'A limit out of bounds', 'listTransactions', '/accounts/account-7/transactions?limit=1000'),
  get('well', 'It can take a write', 'health', '/health'),
  get('why', 'For operators', 'healthDetail', '/health/detail', {
    'x-twinlog-key': 'the-key-of-an-operator',
  }),
  get('stranger', 'For anyone else', 'healthDetail', '/health/detail'),
];

/** Headers that say the same in every answer. */
const unsaid = /^(?:cache-control|content-security-policy|cross-origin-.*|referrer-policy|strict-.*|x-.*)$/;

/** Plays the story to a new cell, with a clock and random numbers that are the same every time. */
export async function playStory(): Promise<readonly Example[]> {
  const { api } = testCell({
    healthDetail: {
      authorise: async (request) => request.headers.get('x-twinlog-key') === 'the-key-of-an-operator',
      report: async () => ({
        replication_lag_ms: { 'azure-eastus.1': 140 },
        pending: { streams: 1, requests: 0 },
      }),
    },
  });
  const played: Example[] = [];
  for (const step of steps) {
    const { method, path, headers, body } = step.request;
    const response = await api(
      new Request(`http://localhost${path}`, { method, headers, body: body ? JSON.stringify(body) : null }),
    );
    const text = await response.text();
    played.push({
      ...step,
      response: {
        status: response.status,
        headers: Object.fromEntries([...response.headers].filter(([name]) => !unsaid.test(name))),
        ...(text !== '' && { body: JSON.parse(text) }),
      },
    });
  }
  return played;
}
