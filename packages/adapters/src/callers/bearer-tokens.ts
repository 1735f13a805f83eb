import type { JSONWebKeySet, JWKSCacheInput, JWTPayload, JWTVerifyGetKey } from 'jose';
import { type Authenticate, type Caller, KeysUnavailableError, type NotAuthenticated } from './caller.ts';

/** The signature algorithms that can be asked for: those with a public key. `none` and shared secrets are not. */
export const tokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

export interface BearerTokensOptions {
  /** The `iss` that a token must have, to the letter. */
  readonly issuer: string;
  /** The `aud` that a token must have, or have among its own. */
  readonly audience: string;
  /** The algorithms that a token may be signed with. */
  readonly algorithms: readonly [TokenAlgorithm, ...TokenAlgorithm[]];
  /** Where the issuer publishes its keys (JWKS, RFC 7517), or the keys themselves. */
  readonly keys: URL | JSONWebKeySet;
  /** The claim that names the accounts a caller may touch: a list of ids, or the text `*` for all. `accounts` unless told. */
  readonly accountsClaim?: string;
  /** How far the issuer's clock may be from this one, in seconds; 30 unless told. */
  readonly clockToleranceSeconds?: number;
}

type Jose = typeof import('jose');

/** How long fetched keys are used, in ms; how soon an unknown key id has them fetched again; how long that may take. */
const keysMaxAgeMs = 600_000;
const keysCooldownMs = 30_000;
const keysTimeoutMs = 3_000;

/** How long keys are used beyond their age while the issuer cannot be reached, in ms. */
const keysStaleMs = 3_600_000;

/** How long a token that was found good is taken for good, in ms, and how many of them are kept. */
const goodMs = 60_000;
const maxGood = 1_000;

/**
 * Callers by bearer token (RFC 6750): a JWT of one issuer, for this audience, signed with one of its keys. Keys are
 * fetched when first needed and kept for ten minutes, longer where the issuer cannot be reached; a token once found good
 * is not checked again for a minute, or until it expires.
 */
export function bearerTokens(options: BearerTokensOptions): Authenticate {
  const { issuer, audience, algorithms, accountsClaim = 'accounts', clockToleranceSeconds = 30 } = options;
  const { keys } = options;
  // Loaded with the first token that comes: a function that starts need not wait for it.
  let loaded: Promise<{ readonly jose: Jose; readonly keyOf: JWTVerifyGetKey }> | undefined;
  const load = () =>
    import('jose').then((jose) => {
      return { jose, keyOf: keys instanceof URL ? remoteKeys(jose, keys) : jose.createLocalJWKSet(keys) };
    });
  const good = new Map<string, { readonly caller: Caller; readonly until: number }>();

  function remember(token: string, caller: Caller, { exp = 0 }: JWTPayload): void {
    if (good.size >= maxGood) good.clear();
    good.set(token, { caller, until: Math.min(Date.now() + goodMs, exp * 1_000) });
  }

  return async (authorization) => {
    const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      return {
        rejected: 'missing_token',
        detail: 'Send a token in the header Authorization: Bearer <token>.',
      };
    }
    const known = good.get(token);
    if (known && Date.now() < known.until) return known.caller;
    loaded ??= load();
    const { jose, keyOf } = await loaded;
    const { errors } = jose;
    try {
      const { payload } = await jose.jwtVerify(token, keyOf, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp'],
      });
      const caller = callerIn(payload[accountsClaim]);
      if (!caller) return invalid(`The token has no claim "${accountsClaim}" with a list of account ids.`);
      remember(token, caller, payload);
      return caller;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return invalid('The token has expired. Get a new one.');
      if (error instanceof errors.JWTClaimValidationFailed)
        return invalid('The token was not made for this service, or not by its issuer, or is not valid yet.');
      if (error instanceof errors.JOSEError) return invalid('The token is not one that is accepted here.');
      throw error;
    }
  };
}

function invalid(detail: string): NotAuthenticated {
  return { rejected: 'invalid_token', detail };
}

function callerIn(claim: unknown): Caller | undefined {
  if (claim === '*') return { accounts: 'all' };
  if (!Array.isArray(claim) || !claim.every((account) => typeof account === 'string')) return undefined;
  return { accounts: new Set(claim) };
}

/** What is wrong with the token, and not with the keys. */
function isAboutToken({ errors }: Jose, error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** The issuer's published keys. Those fetched before stand in while it cannot be reached, for an hour at most. */
function remoteKeys(jose: Jose, url: URL): JWTVerifyGetKey {
  const fetched: JWKSCacheInput = {};
  const published = jose.createRemoteJWKSet(url, {
    cacheMaxAge: keysMaxAgeMs,
    cooldownDuration: keysCooldownMs,
    timeoutDuration: keysTimeoutMs,
    [jose.jwksCache]: fetched,
  });
  return async (header, token) => {
    try {
      return await published(header, token);
    } catch (cause) {
      if (isAboutToken(jose, cause)) throw cause;
      const { jwks, uat = 0 } = fetched;
      const isUsable = jwks !== undefined && Date.now() < uat + keysMaxAgeMs + keysStaleMs;
      try {
        if (isUsable) return await jose.createLocalJWKSet(jwks)(header, token);
      } catch {
        // A key that is not among them may be a new one.
      }
      throw new KeysUnavailableError('The keys to check tokens with could not be fetched.', { cause });
    }
  };
}
