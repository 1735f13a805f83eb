import { mergeVersions, type Unready, type VersionVector } from '@twinlog/core';
import { type Answer, streamHeaders } from './answer.ts';
import { problem, retryAfter } from './problem.ts';
import { needsNewerCode } from './views.ts';

/**
 * 503: this cell cannot answer now. What a client sends again then takes its last token along, so a cell that
 * is behind must not hand out a token that has seen less than the client.
 */
export function unreadyAnswer(stream: string, unready: Unready, atLeast: VersionVector): Answer {
  switch (unready.kind) {
    case 'behind':
      return problem(
        'replica_behind',
        'This cell has not yet received all that your consistency token has seen. Send the request again.',
        {
          headers: {
            ...retryAfter,
            ...streamHeaders(stream, unready.version, { seen: mergeVersions(unready.version, atLeast) }),
          },
        },
      );
    case 'pending': {
      const headers = { ...retryAfter, ...streamHeaders(stream, unready.version) };
      return needsNewerCode(unready.pending)
        ? problem(
            'code_too_old',
            'The transaction has events that this version of the service does not understand yet. Send the request again.',
            { headers },
          )
        : problem(
            'stream_pending',
            'Events of the transaction are still on their way to this cell. Send the request again.',
            { headers },
          );
    }
    case 'unreachable':
      return problem(
        'home_unreachable',
        'Another cell has to be asked about this transaction and cannot be reached. Send the request again.',
        { headers: retryAfter },
      );
    case 'outdated':
      return problem(
        'assignment_outdated',
        'This cell does not yet know the newest assignment of who decides. Send the request again.',
        { headers: { ...retryAfter, ...streamHeaders(stream, unready.version) } },
      );
    case 'clockSkew':
      return problem(
        'clock_skew',
        "This cell's clock is too far from its database's, or the transaction's events end at the last moment there is, so nothing can be decided. Send the request again.",
        { headers: retryAfter },
      );
  }
}
