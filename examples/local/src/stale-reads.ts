import * as z from 'zod';
import type { JournalEntry } from './player.ts';

/** What a read showed, of what it can show at all. */
interface Shown {
  readonly what: ReadonlySet<Told['what']>;
  readonly canShow: (what: Told['what']) => boolean;
}

export interface StaleReads {
  /** Reads of transactions by clients that knew something of them. */
  readonly reads: number;
  /** Those that showed less than their client had been told before it asked. */
  readonly stale: number;
}

const transactionBody = z.object({ commands: z.array(z.object({ command_id: z.string() })) });
const eventsBody = z.object({
  events: z.array(z.object({ id: z.string(), commandid: z.string().optional() })),
});

/** Something that a client was told of a transaction, and when. */
interface Told {
  readonly what: `command ${string}` | `event ${string}`;
  readonly at: number;
}

/**
 * Looks for reads that went back in time, by what clients saw alone: whatever a client had acknowledged, or was shown,
 * before it asked, must be in the answer. One that says that the transaction does not exist shows nothing.
 */
export interface StaleReadWatch {
  /** To be told of every request, in the order of their answers. */
  readonly note: (entry: JournalEntry) => void;
  readonly found: () => StaleReads;
}

export function watchForStaleReads(): StaleReadWatch {
  let reads = 0;
  let stale = 0;
  /** By client and stream. */
  const known = new Map<string, Told[]>();
  return {
    found: () => ({ reads, stale }),
    note: ({ client, line, path, key, answer, askedAt, answeredAt }) => {
      const [, root, inPath = '', action] = path.split('?', 1)[0]?.split('/') ?? [];
      if (root !== 'transactions' || !answer) return;
      const stream = inPath || createdIn(answer.body);
      const told = known.get(`${client} ${stream}`) ?? [];
      known.set(`${client} ${stream}`, told);
      if (line.method === 'POST') {
        const isDone = answer.status === 200 || answer.status === 201;
        if (isDone && key !== undefined) told.push({ what: `command ${key}`, at: answeredAt });
        return;
      }
      const shown = line.method === 'GET' ? shownBy(answer, action === 'events') : undefined;
      if (!shown) return;
      const before = told.filter(({ at }) => at <= askedAt);
      if (before.length > 0) reads += 1;
      if (before.some(({ what }) => !shown.what.has(what) && shown.canShow(what))) stale += 1;
      for (const what of shown.what)
        if (!told.some((one) => one.what === what)) told.push({ what, at: answeredAt });
    },
  };
}

/** The same of a whole journal, in any order. */
export function findStaleReads(journal: readonly JournalEntry[]): StaleReads {
  const watch = watchForStaleReads();
  for (const entry of journal.toSorted((a, b) => a.answeredAt - b.answeredAt)) watch.note(entry);
  return watch.found();
}

/** Undefined for an answer that says nothing about the transaction. */
function shownBy(
  { status, body }: { readonly status: number; readonly body: unknown },
  asksForEvents: boolean,
): Shown | undefined {
  if (status === 404) return { what: new Set(), canShow: () => true };
  if (status !== 200) return undefined;
  if (asksForEvents) {
    const { events } = eventsBody.parse(body);
    const ids = events.map(({ id }) => `event ${id}` as const);
    const commands = events.flatMap(({ commandid }) => (commandid ? [`command ${commandid}` as const] : []));
    return { what: new Set([...ids, ...commands]), canShow: () => true };
  }
  const { commands } = transactionBody.parse(body);
  return {
    what: new Set(commands.map(({ command_id }) => `command ${command_id}` as const)),
    canShow: (what) => what.startsWith('command '),
  };
}

function createdIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'transaction_id' in body
    ? String(body.transaction_id)
    : '';
}
