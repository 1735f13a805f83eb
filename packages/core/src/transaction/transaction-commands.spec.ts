import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../json.ts';
import { transactionCommands } from './transaction.ts';

type Kind = keyof typeof transactionCommands;

/** The faults of a body: each one's path, and the rule's code or else zod's. */
function faultsOf(kind: Kind, body: unknown): readonly string[] {
  const { error } = transactionCommands[kind].safeParse(parseJson(JSON.stringify(body) ?? 'null'));
  return (error?.issues ?? []).map((issue) => {
    const code = issue.code === 'custom' ? issue.params?.code : issue.code;
    return `${issue.path.join('.')}: ${code}`;
  });
}

const amount = { amount: '12.50', currency: 'USD' };
const create = { account_id: 'account-1', ...amount };
const without = (body: object, field: string) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== field));

describe('the body of a command', () => {
  it('becomes the command in its normal form', () => {
    expect(transactionCommands.create.parse(create)).toEqual({ type: 'create', ...create });
    expect(transactionCommands.capture.parse({ amount: '12.5', currency: 'USD' })).toEqual({
      type: 'capture',
      ...amount,
    });
    expect(transactionCommands.refund.parse(parseJson('{"amount":12.50,"currency":"USD"}'))).toEqual({
      type: 'refund',
      ...amount,
    });
    expect(transactionCommands.void.parse({})).toEqual({ type: 'void' });
    expect(transactionCommands.decline.parse({})).toEqual({ type: 'decline' });
    expect(transactionCommands.expire.parse({})).toEqual({ type: 'expire' });
    const expires_at = '2026-02-01T00:00:00+00:00';
    expect(transactionCommands.create.parse({ ...create, expires_at })).toEqual({
      type: 'create',
      ...create,
      expires_at: '2026-02-01T00:00:00.000Z',
    });
  });

  it.each<[Kind, object]>([
    ['create', create],
    ['capture', amount],
    ['void', {}],
    ['decline', {}],
    ['expire', {}],
    ['refund', amount],
  ])('of %s may hold no field that is not its own', (kind, body) => {
    for (const name of ['type', 'note', 'toString', 'Amount']) {
      expect(faultsOf(kind, { ...body, [name]: 'x' })).toEqual([': unrecognized_keys']);
    }
    const poisoned = parseJson(`{"__proto__":1,${JSON.stringify(body).slice(1)}`.replace(',}', '}'));
    expect(transactionCommands[kind].safeParse(poisoned).success).toBe(false);
  });

  it.each<[Kind, string]>([
    ['create', 'account_id'],
    ['create', 'amount'],
    ['create', 'currency'],
    ['capture', 'amount'],
    ['capture', 'currency'],
    ['refund', 'amount'],
    ['refund', 'currency'],
  ])('of %s must hold %s, and as text', (kind, field) => {
    const body = kind === 'create' ? create : amount;
    expect(faultsOf(kind, without(body, field))).toEqual([expect.stringMatching(`^${field}: invalid_`)]);
    const wrongs = field === 'amount' ? [null, true, [], {}, ['x']] : [null, true, [], {}, ['x'], 7];
    for (const wrong of wrongs) {
      expect(faultsOf(kind, { ...body, [field]: wrong })[0]).toMatch(`${field}: invalid_`);
    }
    expect(faultsOf(kind, { ...body, [field]: '' })).toEqual([expect.stringMatching(`^${field}: `)]);
  });

  it.each<Kind>(['create', 'capture', 'void', 'decline', 'expire', 'refund'])(
    'of %s is an object',
    (kind) => {
      for (const body of [null, true, 'x', [], [amount]])
        expect(faultsOf(kind, body)).toEqual([': invalid_type']);
      expect(faultsOf(kind, 1)).not.toEqual([]);
    },
  );

  it('names every fault at once', () => {
    expect(faultsOf('create', { account_id: '', amount: null })).toEqual([
      'account_id: too_small',
      'amount: invalid_union',
      'currency: invalid_type',
    ]);
  });

  it('refuses an account id that is empty or over 128 characters', () => {
    expect(faultsOf('create', { ...create, account_id: 'x'.repeat(128) })).toEqual([]);
    expect(faultsOf('create', { ...create, account_id: 'x'.repeat(129) })).toEqual(['account_id: too_big']);
    expect(faultsOf('create', { ...create, account_id: '' })).toEqual(['account_id: too_small']);
    expect(faultsOf('create', { ...create, account_id: '😀'.repeat(64) })).toEqual([]);
    expect(faultsOf('create', { ...create, account_id: '😀'.repeat(65) })).toEqual(['account_id: too_long']);
    expect(faultsOf('create', { ...create, account_id: '😀'.repeat(129) })).toEqual(['account_id: too_big']);
    // One fault is enough, and it says why 65 are too many.
    const long = { ...create, account_id: `\n${'😀'.repeat(65)}` };
    const { issues = [] } = transactionCommands.create.safeParse(long).error ?? {};
    expect(issues.map(({ message }) => message)).toEqual([
      'is longer than 128 characters: most emoji count as two.',
    ]);
  });

  it.each(['\u0000', '\n', '\u001f', '\u007f', '\u0085', '\u009f', '\ud800', '\udc00', '\udc00\ud800'])(
    'refuses an account id with %j, which not every store keeps as it is',
    (character) => {
      expect(faultsOf('create', { ...create, account_id: `a${character}b` })).toEqual([
        'account_id: invalid_id',
      ]);
      expect(faultsOf('create', { ...create, account_id: character })).toEqual(['account_id: invalid_id']);
    },
  );

  it.each(['.', '..'])('refuses the account id %j, which no URL can name', (account_id) => {
    const { issues = [] } = transactionCommands.create.safeParse({ ...create, account_id }).error ?? {};
    expect(issues).toMatchObject([
      { params: { code: 'invalid_id' }, message: 'cannot be "." or "..": no URL can name it.' },
    ]);
    expect(faultsOf('create', { ...create, account_id: `${account_id}.a` })).toEqual([]);
  });

  it('takes an account id of any other characters', () => {
    const id = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/\p{Cc}|^\.{1,2}$/u.test(text));
    fc.assert(
      fc.property(id, (account_id) => {
        expect(faultsOf('create', { ...create, account_id })).toEqual([]);
      }),
      { examples: [['💶'], ['a/b?c#d\\e'], [' '], ['__proto__']] },
    );
  });

  it('gives a broken money rule its own code', () => {
    expect(faultsOf('capture', { amount: '0', currency: 'USD' })).toEqual(['amount: amount_not_positive']);
    expect(faultsOf('capture', { amount: '-1', currency: 'USD' })).toEqual(['amount: amount_not_decimal']);
    expect(faultsOf('refund', { amount: '1.5', currency: 'JPY' })).toEqual(['amount: amount_too_precise']);
    expect(faultsOf('create', { ...create, amount: '9'.repeat(19) })).toEqual(['amount: amount_too_large']);
    expect(faultsOf('create', { ...create, currency: 'usd' })).toEqual(['currency: unknown_currency']);
    expect(faultsOf('create', { ...create, expires_at: 'soon' })).toEqual(['expires_at: invalid_time']);
    expect(faultsOf('create', { ...create, expires_at: null })).toEqual(['expires_at: invalid_type']);
  });
});

describe('a command from its body', () => {
  it('has no member that the client did not send, for its fingerprint is made of all of them', () => {
    const body = { account_id: 'a', amount: '5', currency: 'JPY' };
    expect(transactionCommands.create.parse(body)).toStrictEqual({ ...body, type: 'create' });
  });

  it('says what is wrong with an account id that not every store keeps', () => {
    const { error } = transactionCommands.create.safeParse({
      account_id: '\n',
      amount: '5',
      currency: 'JPY',
    });
    expect(error?.issues[0]?.message).toBe('has a control character or half a character.');
  });
});
