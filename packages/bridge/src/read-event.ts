import {
  type DomainEvent,
  InvalidEventError,
  originOf,
  parseEvent,
  parseVersion,
  sequenceOf,
} from '@twinlog/core';

/**
 * Checks that a value from another cell is an event that this log can keep, and that could ever count: a decision that
 * says it saw itself, or what its origin decided later, would wait for itself for ever (R3).
 * @throws InvalidEventError naming the first attribute at fault.
 */
export function readEvent(value: unknown): DomainEvent {
  const event = parseEvent(value);
  const seen = parseVersion(event.seen).get(originOf(event)) ?? 0;
  const sequence = sequenceOf(event);
  if (seen < sequence) return event;
  throw new InvalidEventError(
    'seen',
    `The event's seen names its own origin up to ${seen}, and it is itself number ${sequence}.`,
  );
}
