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

/** What happened, in a word: `captured` of `io.twinlog.transaction.captured.v1`. */
export function kindOf(event: Pick<RawEvent, 'type'>): string {
  return event.type.split('.').at(-2) ?? '';
}

/** Records about commands; none of them is a decision. */
const records: readonly string[] = ['requested', 'settled', 'compensated'];

/** What a command is: its id and what it asked for, or its event where it has no id. */
function commandOf({ commandId, fingerprint, id }: RawEvent): string {
  return commandId === undefined ? `${id} ` : `${commandId} ${fingerprint}`;
}

/**
 * Works out a transaction a second time, from the rules as they are written down and not from the fold under
 * test: the create that the first later decision had seen, then everything else by id, each command id once, and
 * nothing of a command that its home settled as lost.
 */
export function reckon(events: readonly RawEvent[]): Reckoning {
  const byId = events
    .filter((event) => !records.includes(kindOf(event)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const settled = new Set(
    events.flatMap((event) =>
      kindOf(event) === 'settled' ? `${event.data.command_id} ${event.data.fingerprint}` : [],
    ),
  );
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
  /** By command: one that lost more than once lost once. */
  const conflicts = new Map<string, string>();
  const lose = (event: RawEvent) => {
    if (!conflicts.has(commandOf(event))) conflicts.set(commandOf(event), event.id);
  };
  let captured = 0n;
  let refunded = 0n;
  /** Voided, declined or expired. */
  let cancelled = false;
  let voided = false;
  const authorised = scaled(create?.data.amount ?? '0');
  const over = () => cancelled || (captured > 0n && captured === refunded);

  const cancel = () => {
    if (over() || captured > 0n) return false;
    cancelled = true;
    return true;
  };

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
      if (!cancel()) return false;
      voided = true;
      return true;
    },
    declined: cancel,
    expired: ({ data }) => {
      const expiry = create?.data.expires_at;
      return expiry !== undefined && Date.parse(String(data.at)) >= Date.parse(String(expiry)) && cancel();
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
      if (kind !== 'refused' && (!samePayload || kindOf(claim) === 'refused')) lose(event);
      continue;
    }
    if (event.commandId !== undefined) claimed.set(event.commandId, event);
    if (kind === 'refused') continue;
    if (settled.has(commandOf(event)) || !effects[kind]?.(event)) lose(event);
  }
  const repeated = [...carriers].flatMap(([id, count]) => (count > 1 ? [id] : []));
  return { captured, refunded, voided, conflicts: [...conflicts.values()], repeated };
}

/** A decimal amount at the reckoning's scale, to be compared with what a cell answers. */
export const atScale = scaled;
