import type { DueCompensation } from '@twinlog/core';
import type { JournalEntry } from './player.ts';
import type { RawEvent } from './raw-stores.ts';
import { atScale, kindOf, type Reckoning } from './reckoning.ts';

/** What money an effect moves: from the customer, or back. */
const signs: Readonly<Record<string, bigint>> = { captured: 1n, refunded: -1n };
const kinds: Readonly<Record<string, string>> = { capture: 'captured', refund: 'refunded' };

/** What undoing an effect that does not stand moves: a refund answers a lost capture, a collection a lost refund. */
const compensating: Readonly<Record<string, bigint>> = { refund: 1n, collect: -1n };

export interface Books {
  /** What clients saw. */
  readonly journal: readonly JournalEntry[];
  /** A cell's whole log. */
  readonly raw: readonly RawEvent[];
  readonly reckonings: ReadonlyMap<string, Pick<Reckoning, 'captured' | 'refunded'>>;
  /** What the payment provider was told to give back or to take again, by idempotency key. */
  readonly carriedOut: ReadonlyMap<string, DueCompensation>;
}

/**
 * Streams whose compensations do not come to just the difference between what clients were told and what stands, either
 * as they are recorded in the log or as the provider carried them out. Told of an effect is a client that had it
 * acknowledged, and one whose answer may have been cut off: a cell had accepted it. A command counts once.
 */
export function findUnbalanced({ journal, raw, reckonings, carriedOut }: Books): readonly string[] {
  const told = new Map<string, { readonly stream: string; readonly money: bigint }>();
  const tell = (stream: string, kind: string, command: string, amount: unknown) => {
    const sign = signs[kind];
    if (sign === undefined) return;
    const money = sign * atScale(amount);
    told.set(`${stream} ${command} ${money}`, { stream, money });
  };
  for (const event of raw) {
    tell(event.stream, kindOf(event), event.commandId ?? event.id, event.data.amount);
  }
  for (const { line, path, key, body, answer } of journal) {
    const [, , stream = '', action = ''] = path.split('?', 1)[0]?.split('/') ?? [];
    // Without a key nothing ties an answer to an event; that there are as many of both is checked elsewhere.
    if (line.method !== 'POST' || answer?.status !== 200 || key === undefined) continue;
    tell(stream, kinds[action] ?? '', key, amountIn(body));
  }

  const recorded = new Map<string, { readonly stream: string; readonly money: bigint }>();
  for (const event of raw) {
    if (kindOf(event) !== 'compensated') continue;
    const { command_id, fingerprint, compensation } = event.data;
    recorded.set(`${event.stream} ${command_id} ${fingerprint}`, {
      stream: event.stream,
      money: moneyOf(compensation),
    });
  }
  const provided = [...carriedOut.values()].map(({ stream, compensation }) => ({
    stream,
    money: moneyOf(compensation),
  }));

  const [tellings, records, provisions] = [[...told.values()], [...recorded.values()], provided].map(sums);
  return [...new Set(raw.map(({ stream }) => stream))].filter((stream) => {
    const { captured = 0n, refunded = 0n } = reckonings.get(stream) ?? {};
    const due = (tellings?.get(stream) ?? 0n) - (captured - refunded);
    return due !== (records?.get(stream) ?? 0n) || due !== (provisions?.get(stream) ?? 0n);
  });
}

function sums(
  entries: readonly { readonly stream: string; readonly money: bigint }[],
): ReadonlyMap<string, bigint> {
  const total = new Map<string, bigint>();
  for (const { stream, money } of entries) total.set(stream, (total.get(stream) ?? 0n) + money);
  return total;
}

function moneyOf(compensation: unknown): bigint {
  if (typeof compensation !== 'object' || compensation === null) return 0n;
  if (!('kind' in compensation) || !('amount' in compensation)) return 0n;
  return (compensating[String(compensation.kind)] ?? 0n) * atScale(compensation.amount);
}

function amountIn(body: string | undefined): unknown {
  const fields: unknown = JSON.parse(body ?? '{}');
  return typeof fields === 'object' && fields !== null && 'amount' in fields ? fields.amount : '0';
}
