import { type DomainEvent, eventTime, type Fold, formatMinor, type Transaction } from '@twinlog/core';
import type { Matrix } from '../matrix.ts';
import type { Side, Standing, StreamRow, StreamView } from './state.ts';

interface Seen {
  readonly events: readonly DomainEvent[];
  readonly fold: Fold<Transaction>;
}

/** A stream as each cell holds it, line by line in canonical order. @param isReadable whether a cell's database is up. */
export async function viewStream(
  matrix: Matrix,
  id: string,
  isReadable: (side: Side) => boolean,
): Promise<StreamView> {
  const see = async (side: Side): Promise<Seen | undefined> => {
    if (!isReadable(side)) return undefined;
    try {
      const [events, fold] = await Promise.all([matrix[side].events(id), matrix[side].fold(id)]);
      return { events, fold };
    } catch {
      return undefined;
    }
  };
  const [aws, azure] = await Promise.all([see('aws'), see('azure')]);
  const held = new Map([...(aws?.events ?? []), ...(azure?.events ?? [])].map((event) => [event.id, event]));
  const rows = [...held.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((event) => rowOf(event, { aws: standingIn(aws, event), azure: standingIn(azure, event) }));
  return {
    id,
    rows,
    state: { aws: aws ? stateOf(aws.fold) : null, azure: azure ? stateOf(azure.fold) : null },
    areEqual: rows.every(({ standing }) => standing.aws !== undefined && standing.aws === standing.azure),
  };
}

function rowOf(event: DomainEvent, standing: StreamRow['standing']): StreamRow {
  const { amount, currency }: { amount?: unknown; currency?: unknown } = event.data;
  return {
    id: event.id,
    at: eventTime(event.id),
    kind: event.type.split('.').at(-2) ?? event.type,
    origin: event.source.includes('aws') ? 'aws' : 'azure',
    sequence: Number(event.sequence),
    amount: amount === undefined ? undefined : `${amount} ${currency}`,
    commandId: event.commandid,
    standing,
  };
}

function standingIn(seen: Seen | undefined, event: DomainEvent): Standing | undefined {
  if (!seen?.events.some(({ id }) => id === event.id)) return undefined;
  const { pending, conflicts, claims } = seen.fold;
  if (pending.some((one) => one.event.id === event.id)) return 'pending';
  const conflict = conflicts.find((one) => one.event.id === event.id);
  if (conflict) return conflict.isSettled ? 'settled' : 'conflict';
  if (/\.(requested|settled|compensated)\.v\d+$/.test(event.type)) return 'record';
  const claim = event.commandid === undefined ? undefined : claims.get(event.commandid);
  if (claim && claim.event.id !== event.id) return 'repeated';
  return claim?.refused ? 'refused' : 'counts';
}

function stateOf({ state }: Fold<Transaction>): string {
  if (!state) return 'not here yet';
  const { currency, authorised, captured, refunded } = state;
  const money = (minor: bigint) => formatMinor(minor, currency);
  const given = refunded > 0n ? `, ${money(refunded)} refunded` : '';
  return `${state.status}: ${money(captured)} of ${money(authorised)} ${currency} captured${given}`;
}
