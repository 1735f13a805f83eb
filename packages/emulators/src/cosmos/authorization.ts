import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Refused } from './answer.ts';

/** What the master key signs. */
export interface SignedRequest {
  readonly verb: string;
  /** Decoded path segments, without the empty first one. */
  readonly segments: readonly string[];
  readonly authorization: string | undefined;
  /** The header `x-ms-date`, as sent. */
  readonly date: string | undefined;
}

/**
 * Verifies `type=master&ver=1.0&sig=…`: an HMAC-SHA256 by the account key over verb, resource type, resource link and
 * date. (The service also refuses a date more than 15 minutes off; the stand-in's clock may be a test's, so it does not.)
 *
 * @throws Refused 401
 */
export function authorize(request: SignedRequest, key: KeyObject): void {
  if (request.authorization === undefined || request.date === undefined) {
    throw new Refused(401, "Required Header 'authorization' or 'x-ms-date' is missing.");
  }
  const token = new URLSearchParams(decodeURIComponent(request.authorization).replaceAll('+', '%2B'));
  if (token.get('type') !== 'master') throw unauthorized('the stand-in knows master keys only');
  const { type, link } = resourceOf(request.segments);
  const signed = `${request.verb.toLowerCase()}\n${type}\n${link}\n${request.date.toLowerCase()}\n\n`;
  const expected = createHmac('sha256', key).update(signed).digest();
  const given = Buffer.from(token.get('sig') ?? '', 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw unauthorized(`the signature is not that of ${JSON.stringify(signed)} by the account key`);
  }
}

/** A path of pairs names a resource, `docs/<id>`; an odd one a feed, signed with its owner's link. */
function resourceOf(segments: readonly string[]): { readonly type: string; readonly link: string } {
  const isFeed = segments.length % 2 === 1;
  const type = segments.at(isFeed ? -1 : -2) ?? '';
  return { type, link: (isFeed ? segments.slice(0, -1) : segments).join('/') };
}

function unauthorized(reason: string): Refused {
  return new Refused(
    401,
    'The input authorization token cannot serve the request. Please check that the expected payload is built as per ' +
      `the protocol, and check the key being used: ${reason}.`,
  );
}
