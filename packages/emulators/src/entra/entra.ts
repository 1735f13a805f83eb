import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { startLoopbackServer } from '../loopback-server.ts';

/** What a token is to say. */
export interface TokenRequest {
  /** The application that it is for (`aud`). */
  readonly audience: string;
  /** The object id of whom it is about (`sub` and `oid`). */
  readonly subject: string;
  /** The application roles that are assigned to them. */
  readonly roles?: readonly string[];
  /** How long it holds, in seconds from now on; an hour unless told. Below 0 it ended that long ago. */
  readonly seconds?: number;
}

/** A tenant of Entra that signs whatever token it is asked for. */
export interface Entra {
  readonly issuer: string;
  readonly keysUrl: string;
  readonly token: (request: TokenRequest) => string;
  /** Takes away the address of the keys, as where the issuer cannot be reached; or brings it back. */
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Access tokens of version 2, signed by RS256, and the address that publishes the key.
 * Known to be missing: the token endpoints. Whether somebody is assigned a role is up to who asks.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export async function startEntra(now: () => number = Date.now): Promise<Entra> {
  const tenant = randomUUID();
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const kid = randomUUID();
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }];
  const path = `/${tenant}/discovery/v2.0/keys`;
  const server = await startLoopbackServer((request, response) => {
    if (request.url !== path) response.statusCode = 404;
    response.end(JSON.stringify(request.url === path ? { keys } : {}));
  });
  return {
    issuer,
    keysUrl: server.url + path,
    token: ({ audience, subject, roles, seconds = 3_600 }) => {
      const issuedAt = Math.floor(now() / 1_000) + Math.min(0, seconds - 3_600);
      const claims = {
        ...{ aud: audience, iss: issuer, sub: subject, oid: subject, ver: '2.0' },
        ...{ iat: issuedAt, nbf: issuedAt, exp: Math.floor(now() / 1_000) + seconds },
        ...(roles && { roles }),
      };
      const content = `${encoded({ alg: 'RS256', kid, typ: 'JWT' })}.${encoded(claims)}`;
      return `${content}.${sign('RSA-SHA256', Buffer.from(content), privateKey).toString('base64url')}`;
    },
    cut: server.cut,
    restore: server.restore,
    stop: server.stop,
  };
}
