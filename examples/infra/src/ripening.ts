import { assignmentStream, cellOf, type EventStore, eventTime, type Runtime } from '@twinlog/core';

/** How much later a stream is looked at each time, and until when: 15 minutes, 2 hours, 16 hours, 5 days, 43 days. */
const factor = 8;
const lastAgeMs = 60 * 24 * 3_600_000;

/** How old a request is when it is looked for in the log: whatever brought it should have had it decided before. */
const requestAgeMs = 60_000;

/** How often the log is looked through at most, however often somebody asks. */
const pauseMs = 5_000;

/** How far the first look of a process goes back: what ran before it may have ended so long ago. */
const firstLookMs = 15 * 60_000;

/** How long a process that starts looks at everything for another assignment: one that did so may have ended amid it. */
const newAssignmentMs = 3_600_000;

/** How far back everything is looked at once another assignment is in force: what was not this home's concern may be now. */
const newAssignmentLookMs = 24 * 3_600_000;

export interface RipeningOptions {
  readonly store: EventStore;
  readonly cell: string;
  readonly origins: () => readonly string[];
  readonly settleAfterMs: number;
  readonly now: Runtime['now'];
}

/**
 * Finds in the log the streams that may need their home (R15, R16), for whoever has it look at them: those with an
 * event that has just come to a certain age, so that it has had its time, and late ones come to be seen too.
 *
 * A conflict or a request comes about by an event of another cell, so its events are looked for, each when it is
 * `settleAfterMs` old, and again when it is eight times as old, and so on: what came late, or could not be finished, is
 * found after at most eight times its age. Of this cell's own events only those from before the newest assignment: a request
 * among them may be this home's by now. Nothing has to be remembered for it but when the last look was.
 */
export function createRipening({ store, cell, origins, settleAfterMs, now }: RipeningOptions): {
  /** The streams that ripened since the last look. */
  readonly look: () => Promise<ReadonlySet<string>>;
} {
  let lookedAt: number | undefined;
  let lastAssigned: number | undefined;
  const ages = [requestAgeMs];
  for (let age = Math.max(settleAfterMs, 1); age < lastAgeMs; age *= factor) ages.push(age);

  /** When the log of an origin begins, so that nothing is looked for before it. Not for good: reconcile may bring older events. */
  async function firstTime(origin: string, until: number): Promise<number> {
    const { items } = await store.scan({ origin, from: 0, to: until, limit: 1 });
    const [first] = items;
    return first ? eventTime(first.id) : Number.POSITIVE_INFINITY;
  }

  async function collect(streams: Set<string>, origin: string, from: number, to: number): Promise<void> {
    let after: string | undefined;
    do {
      const query = { origin, from: Math.max(0, Math.floor(from)), to: Math.floor(to), limit: 1_000 };
      const page = await store.scan({ ...query, ...(after !== undefined && { after }) });
      for (const { stream } of page.items) streams.add(stream);
      after = page.next;
    } while (after !== undefined);
  }

  return {
    look: async () => {
      const until = now();
      const since = lookedAt ?? until - firstLookMs;
      const streams = new Set<string>();
      if (lookedAt !== undefined && until - lookedAt < pauseMs) return streams;
      const assigned = (await store.read(assignmentStream)).map(({ id }) => eventTime(id));
      const latest = Math.max(...assigned, 0);
      for (const origin of origins()) {
        // What this cell has recorded for another to decide may be its own to decide since.
        const end = cellOf(origin) === cell ? latest : until;
        const beginning = await firstTime(origin, end);
        for (const age of ages) {
          const [from, to] = [since - age, Math.min(until - age, end)];
          if (from < to && to > beginning) await collect(streams, origin, from, to);
        }
      }
      const isNews = latest > (lastAssigned ?? Math.max(0, until - newAssignmentMs));
      if (isNews) {
        for (const origin of origins()) await collect(streams, origin, until - newAssignmentLookMs, until);
      }
      lastAssigned = latest;
      lookedAt = until;
      return streams;
    },
  };
}
