import type { RequestHeaders } from './api-request.ts';
import { ProblemError } from './problem.ts';

/**
 * The media type to answer in, of those that a route has, by the client's `Accept` (RFC 9110, section 12.5.1): the one
 * it wants most, the first of them if it wants several alike. Without the header, the first. Problems are always
 * `application/problem+json`, whatever was asked for.
 *
 * @throws ProblemError 406 `not_acceptable`
 */
export function negotiate(headers: RequestHeaders, offered: readonly [string, ...string[]]): string {
  const accept = headers.get('accept');
  if (accept === null || accept === '*/*' || accept === offered[0] || /^[\t ]*$/.test(accept))
    return offered[0];
  const ranges = accept.split(',').map(rangeOf);
  let best: string | undefined;
  let bestQuality = 0;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality <= bestQuality) continue;
    best = type;
    bestQuality = quality;
  }
  if (best !== undefined) return best;
  throw new ProblemError('not_acceptable', `The answer can be had as ${offered.join(' or ')}. Accept that.`);
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** Parameters but the quality are passed over: no type that is offered has any. */
function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => /^q[\t ]*=/.test(parameter));
  const quality = weight === undefined ? 1 : Number(/=[\t ]*([01](?:\.\d{0,3})?)$/.exec(weight)?.[1] ?? 0);
  return { type, quality };
}

/** By the most specific range that matches. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const [main] = type.split('/');
  for (const wanted of [type, `${main}/*`, '*/*']) {
    const matching = ranges.filter((range) => range.type === wanted);
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}
