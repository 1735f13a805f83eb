import { TwinlogError } from '@twinlog/core';
import { type Authorise, SenderUnverifiableError } from './authorise.ts';

export interface BearerTokenOptions {
  /** The `iss` of the tokens. Entra's: `https://login.microsoftonline.com/<tenant>/v2.0`, or `https://sts.windows.net/<tenant>/` of v1. */
  readonly issuer: string | readonly string[];
  /** The `aud` of the tokens: this cell's application id, or its id URI. */
  readonly audience: string | readonly string[];
  /**
   * Who may send: application ids (`azp`, or `appid` in tokens of v1), or subjects (`sub`, `oid`). Being of the right
   * tenant and for this audience is not enough. Event Grid's own application is 4962773b-9cdb-44cf-a8bf-237846a00ab7.
   */
  readonly senders?: readonly string[];
  /** Whoever has one of these application roles (`roles`) may send, too: Entra puts them into the tokens of whom they are assigned to. */
  readonly roles?: readonly string[];
  /** Where the issuer publishes its keys. Entra's: `https://login.microsoftonline.com/<tenant>/discovery/v2.0/keys`. */
  readonly keysUrl: string;
  /** Signature algorithms that are taken, of key pairs only: RS256, Entra's, unless told. */
  readonly algorithms?: readonly string[];
  readonly now: () => number;
  readonly fetch?: typeof fetch;
}

/** How long the issuer's keys are kept, and how soon after a fetch an unknown key may cause another, in ms. */
const keysKeptMs = 3_600_000;
const keysCooldownMs = 30_000;

/** By how much the issuer's clock may differ from this one, in seconds. */
const clockToleranceSeconds = 60;

/** The claims that may name a sender. */
const senderClaims = ['azp', 'appid', 'oid', 'sub'] as const;

/** What jose says of a token that no later try can make better. */
function refusalsOf({ errors }: typeof import('jose')): ReadonlySet<string> {
  return new Set([
    errors.JWTClaimValidationFailed.code,
    errors.JWTExpired.code,
    errors.JWTInvalid.code,
    errors.JOSEAlgNotAllowed.code,
    errors.JOSENotSupported.code,
    errors.JWSInvalid.code,
    errors.JWSSignatureVerificationFailed.code,
    errors.JWKSNoMatchingKey.code,
    errors.JWKSMultipleMatchingKeys.code,
  ]);
}

/**
 * Accepts senders who show a bearer token that an issuer such as Microsoft Entra signed for them: its signature,
 * algorithm, issuer, audience, times, and its sender or role are all checked. The issuer's keys are fetched once an hour, and at
 * once for a key not seen before, yet not twice in 30 seconds.
 *
 * A webhook's 401 is final for Event Grid, so what cannot be told is no refusal: where the keys cannot be reached, or a
 * token names a key that the issuer may have published since the fetch of a moment ago, this throws
 * `SenderUnverifiableError`, and a webhook answers 503.
 *
 * @throws TwinlogError `invalid_option` for an algorithm that is not of key pairs, or where nobody would be let in.
 */
export function bearerToken(options: BearerTokenOptions): Authorise {
  const { keysUrl, now, algorithms = ['RS256'], roles = [] } = options;
  if (algorithms.some((algorithm) => !/^(RS|PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/.test(algorithm)))
    throw new TwinlogError(
      'invalid_option',
      `Algorithms are of key pairs, such as RS256, and not ${algorithms.join(', ')}.`,
    );
  const senders = new Set(options.senders);
  if (senders.size === 0 && roles.length === 0)
    throw new TwinlogError('invalid_option', 'Nobody would be let in: name senders, or roles.');
  const url = new URL(keysUrl);
  const load = async () => {
    const jose = await import('jose');
    const keys = jose.createRemoteJWKSet(url, {
      cacheMaxAge: keysKeptMs,
      cooldownDuration: keysCooldownMs,
      ...(options.fetch && { [jose.customFetch]: options.fetch }),
    });
    return { jose, keys, refusals: refusalsOf(jose) };
  };
  // Loaded with the first token that comes: a function that starts need not wait for it.
  let loaded: ReturnType<typeof load> | undefined;
  const list = (value: string | readonly string[]) => (typeof value === 'string' ? value : [...value]);
  const rules = {
    issuer: list(options.issuer),
    audience: list(options.audience),
    algorithms: [...algorithms],
    requiredClaims: ['exp'],
    clockTolerance: clockToleranceSeconds,
  };

  return async (request) => {
    const [, token] =
      /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    if (token === undefined) return false;
    loaded ??= load();
    const { jose, keys, refusals } = await loaded;
    const { errors } = jose;
    const couldNotFetch = keys.coolingDown;
    try {
      const { payload } = await jose.jwtVerify(token, keys, { ...rules, currentDate: new Date(now()) });
      const isSender = senderClaims.some((claim) => {
        const sender = payload[claim];
        return typeof sender === 'string' && senders.has(sender);
      });
      const { roles: assigned } = payload;
      return isSender || (Array.isArray(assigned) && roles.some((role) => assigned.includes(role)));
    } catch (error) {
      const code = error instanceof errors.JOSEError ? error.code : '';
      const mayBeNew = code === errors.JWKSNoMatchingKey.code && couldNotFetch;
      if (refusals.has(code) && !mayBeNew) return false;
      throw new SenderUnverifiableError(`The keys at ${keysUrl} could not be had.`, { cause: error });
    }
  };
}
