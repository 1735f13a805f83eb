import type { LocalCell } from './local-cell.ts';

export const usd = (amount: string) => ({ amount, currency: 'USD' });

/** Posts to a cell's transactions with an idempotency key: `''` creates one, `/<id>/capture` captures of one. */
export async function post(
  { url }: Pick<LocalCell, 'url'>,
  path: string,
  key: string,
  body: object,
): Promise<{ readonly status: number; readonly body: { readonly transaction_id?: string } }> {
  const answer = await fetch(`${url}/transactions${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}
