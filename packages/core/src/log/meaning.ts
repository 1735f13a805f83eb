import * as z from 'zod';
import type { Aggregate, AggregateEvent } from '../aggregate.ts';
import { isJsonObject } from '../json.ts';
import type { DomainEvent, EventData } from './event.ts';

const command = z.record(z.string(), z.unknown());
const compensation = z.object({
  kind: z.enum(['refund', 'collect']),
  amount: z.string(),
  currency: z.string(),
});

/**
 * What must be done in the world because an effect that a client was told of does not stand: money taken that
 * is to be given back, or money given back that is to be taken again.
 */
export type Compensation = Readonly<z.output<typeof compensation>>;

/** The events that every aggregate has beside its own, by type, with the schema of each one's data. */
export const recordSchemas = {
  /** R9: a command with an id was refused. */
  'refused.v1': z.object({ code: z.string(), detail: z.string(), command }),
  /** R15: a command waits for the home's decision. */
  'requested.v1': z.object({ command, if_match: z.string().exactOptional() }),
  /** R16: this command is what lost; no event of it ever stands again. */
  'conflict.settled.v1': z.object({
    command_id: z.string(),
    fingerprint: z.string(),
    code: z.string(),
    compensation: compensation.exactOptional(),
  }),
  /** The compensation of a settled conflict has been carried out. */
  'conflict.compensated.v1': z.object({ command_id: z.string(), fingerprint: z.string(), compensation }),
};

export type RefusedData = z.output<(typeof recordSchemas)['refused.v1']>;
export type RequestedData = z.output<(typeof recordSchemas)['requested.v1']>;
export type SettledData = z.output<(typeof recordSchemas)['conflict.settled.v1']>;
export type CompensatedData = z.output<(typeof recordSchemas)['conflict.compensated.v1']>;

export const recordTypes = {
  refused: 'refused.v1',
  requested: 'requested.v1',
  settled: 'conflict.settled.v1',
  compensated: 'conflict.compensated.v1',
} as const;

/** What a record says about a command. */
export type RecordMeaning =
  | { readonly refused: RefusedData }
  | { readonly requested: RequestedData }
  | { readonly settled: SettledData }
  | { readonly compensated: CompensatedData };

/** What an event means to this code: the effect of a command, or a record about one. */
export type Meaning<Event> = { readonly effect: Event } | RecordMeaning;

/** A record's type and data, as they stand in its event. */
export function recordOf(meaning: RecordMeaning): AggregateEvent {
  if ('refused' in meaning) return { type: recordTypes.refused, data: meaning.refused };
  if ('requested' in meaning) return { type: recordTypes.requested, data: meaning.requested };
  if ('settled' in meaning) return { type: recordTypes.settled, data: meaning.settled };
  return { type: recordTypes.compensated, data: meaning.compensated };
}

// The two records that streams are full of are mostly read by hand: a fold reads them all, and a schema takes ten times as
// long. Whatever is out of the ordinary goes by the schema, and a property holds that both come to the same.

/** A recorded command that its schema would hand on as it is: it leaves out a member that is called `__proto__`. */
function isUsual(command: unknown): command is EventData {
  return isJsonObject(command) && !Object.hasOwn(command, '__proto__');
}

function readRefused(data: EventData): RefusedData | undefined {
  const { code, detail, command } = data;
  if (typeof code === 'string' && typeof detail === 'string' && isUsual(command))
    return { code, detail, command };
  return recordSchemas['refused.v1'].safeParse(data).data;
}

function readRequested(data: EventData): RequestedData | undefined {
  const { command } = data;
  if (isUsual(command) && !('if_match' in data)) return { command };
  return recordSchemas['requested.v1'].safeParse(data).data;
}

/** What an event means, or undefined where this code does not understand it. */
export function meaningOf<State extends object, Command extends EventData, Event extends AggregateEvent>(
  aggregate: Aggregate<State, Command, Event>,
  event: DomainEvent,
): Meaning<Event> | undefined {
  const { typePrefix } = aggregate;
  if (event.type.charAt(typePrefix.length) !== '.' || !event.type.startsWith(typePrefix)) return undefined;
  const type = event.type.slice(typePrefix.length + 1);
  switch (type) {
    case recordTypes.refused: {
      const refused = readRefused(event.data);
      return refused && { refused };
    }
    case recordTypes.requested: {
      const requested = readRequested(event.data);
      return requested && event.requestof !== undefined ? { requested } : undefined;
    }
    case recordTypes.settled: {
      const settled = recordSchemas[type].safeParse(event.data).data;
      return settled && { settled };
    }
    case recordTypes.compensated: {
      const compensated = recordSchemas[type].safeParse(event.data).data;
      return compensated && { compensated };
    }
    default: {
      const effect = aggregate.events.understand({ type, data: event.data });
      return effect && { effect };
    }
  }
}

/** Whether the event opens the stream: a create. */
export function isOpening<Event extends AggregateEvent>(meaning: Meaning<Event>, opening: string): boolean {
  return 'effect' in meaning && meaning.effect.type === opening;
}

/**
 * Whether the event is one that only a home may decide: an effect other than a create, or a refusal. Requests and
 * settlements are not (R14), nor do they choose between creates (R13).
 */
export function isDecision<Event extends AggregateEvent>(meaning: Meaning<Event>, opening: string): boolean {
  return 'refused' in meaning || ('effect' in meaning && meaning.effect.type !== opening);
}
