import type { RawEvent } from './raw-stores.ts';

/** What a transaction comes to by plain arithmetic on the raw events, in decimals of its currency. */
export interface Reckoning {
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly voided: boolean;
  /** Ids of events that were accepted where they were decided and have no effect, against another's. */
  readonly conflicts: readonly string[];
  /** Command ids that more than one accepted event carries: whatever reads the log must count them once. */
  readonly repeated: readonly string[];
}

/** A common scale, finer than any currency's, so that this code need not know currencies at all. */
const decimals = 6;

function scaled(amount: unknown): bigint {
  const [whole = '', fraction = ''] = String(amount).split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

function kindOf(event: RawEvent): string {
  return event.type.split('.').at(-2) ?? '';
}

/**
 * Works out a transaction a second time, from the rules as they are written down and not from the fold under
 * test: the create that the first later decision had seen, then everything else by id, each command id once.
 */
export function reckon(events: readonly RawEvent[]): Reckoning {
  const byId = events.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const creates = byId.filter((event) => kindOf(event) === 'created');
  const later = byId.find((event) => kindOf(event) !== 'created');
  const wasSeen = ({ origin, sequence }: RawEvent) =>
    (later?.seen ?? '').split(',').some((entry) => {
      const [name, count] = entry.split('=');
      return name === origin && Number(count) >= sequence;
    });
  const create = creates.find(wasSeen) ?? creates[0];

  const claimed = new Map<string, RawEvent>();
  const carriers = new Map<string, number>();
  const conflicts: string[] = [];
  let captured = 0n;
  let refunded = 0n;
  let voided = false;
  const authorised = scaled(create?.data.amount ?? '0');
  const over = () => voided || (captured > 0n && captured === refunded);

  const effects: Record<string, (event: RawEvent) => boolean> = {
    created: (event) => event === create,
    captured: ({ data }) => {
      const sum = captured + scaled(data.amount);
      if (over() || sum > authorised) return false;
      captured = sum;
      return true;
    },
    refunded: ({ data }) => {
      const sum = refunded + scaled(data.amount);
      if (over() || sum > captured) return false;
      refunded = sum;
      return true;
    },
    voided: () => {
      if (over() || captured > 0n) return false;
      voided = true;
      return true;
    },
  };

  for (const event of create ? [create, ...byId.filter((other) => other !== create)] : byId) {
    const kind = kindOf(event);
    const claim = event.commandId === undefined ? undefined : claimed.get(event.commandId);
    if (event.commandId !== undefined && kind !== 'refused') {
      carriers.set(event.commandId, (carriers.get(event.commandId) ?? 0) + 1);
    }
    if (claim) {
      const samePayload = claim.fingerprint === event.fingerprint;
      if (kind !== 'refused' && (!samePayload || kindOf(claim) === 'refused')) conflicts.push(event.id);
      continue;
    }
    if (event.commandId !== undefined) claimed.set(event.commandId, event);
    if (kind !== 'refused' && !effects[kind]?.(event)) conflicts.push(event.id);
  }
  const repeated = [...carriers].flatMap(([id, count]) => (count > 1 ? [id] : []));
  return { captured, refunded, voided, conflicts, repeated };
}

/** A decimal amount at the reckoning's scale, to be compared with what a cell answers. */
export const atScale = scaled;
