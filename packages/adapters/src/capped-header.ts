import type { Capped } from '@twinlog/core';

/** R18: names the origins of which the client had seen more than a restore from a backup has left. */
export function cappedHeader(capped: Capped['capped']): Readonly<Record<string, string>> {
  return capped ? { 'consistency-token-capped': capped.join(', ') } : {};
}
