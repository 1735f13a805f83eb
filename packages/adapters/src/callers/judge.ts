import type { ApiRequest } from '../api-request.ts';
import { ProblemError, retryAfter } from '../problem.ts';
import { type Authenticate, anyone, type Caller, KeysUnavailableError } from './caller.ts';

/**
 * Who is calling.
 * @throws ProblemError 401 `missing_token` or `invalid_token`, as RFC 6750 has it, or 503 `keys_unavailable`
 */
export async function callerOf(authenticate: Authenticate | 'off', { headers }: ApiRequest): Promise<Caller> {
  if (authenticate === 'off') return anyone;
  let caller: Awaited<ReturnType<Authenticate>>;
  try {
    caller = await authenticate(headers.get('authorization'));
  } catch (error) {
    if (!(error instanceof KeysUnavailableError)) throw error;
    throw new ProblemError(
      'keys_unavailable',
      'Your token cannot be checked now: the keys of its issuer cannot be fetched. Send the request again.',
      { headers: retryAfter },
    );
  }
  if (!('rejected' in caller)) return caller;
  const { rejected, detail } = caller;
  const error =
    rejected === 'invalid_token' ? `, error="invalid_token", error_description="${quotable(detail)}"` : '';
  throw new ProblemError(rejected, detail, {
    headers: { 'www-authenticate': `Bearer realm="twinlog"${error}` },
  });
}

function quotable(detail: string): string {
  return detail.replaceAll('"', "'").replace(/[^ -~]/g, '?');
}
