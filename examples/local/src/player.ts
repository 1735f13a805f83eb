import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Attempt, Client } from './client.ts';
import { type Chain, dealChains } from './schedule.ts';
import { fillIn, type TrafficLine } from './traffic.ts';

/** One sending of one request, as the client saw it. */
export interface JournalEntry {
  /** Which client it was: it knows what it was told itself. */
  readonly client: string;
  readonly line: Pick<TrafficLine, 'method' | 'text'>;
  readonly path: string;
  /** The idempotency key, if the request had one. */
  readonly key: string | undefined;
  readonly body: string | undefined;
  /** When the client asked, and when it had its answer or gave up, in milliseconds since 1970. */
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly attempts: readonly Attempt[];
  /** The decision; a 202 only where it never came. */
  readonly answer: Answer | undefined;
  /** From a first 202 until the decision was known, in ms; undefined where the command was decided at once. */
  readonly deferredMs: number | undefined;
}

export interface PlayOptions {
  readonly lines: readonly TrafficLine[];
  /** A client for each chain, by its number. */
  readonly clientOf: (chain: number) => Client;
  /** Told after every sending. */
  readonly onProgress: (done: number, total: number, entry: JournalEntry) => void;
}

/** Requests under way at once. */
const concurrency = 32;

/** Plays the traffic to the end, as many clients, and keeps a journal of what they saw. */
export async function play({ lines, clientOf, onProgress }: PlayOptions): Promise<readonly JournalEntry[]> {
  const journal: JournalEntry[] = [];
  const slots = createSlots(concurrency);
  const startedAt = Date.now();

  const answers = new Map<string, unknown>();
  const names = lines.flatMap((line) => line.as ?? []);
  const answered = new Map(names.map((name) => [name, Promise.withResolvers<void>()]));

  async function playChain(chain: Chain, number: number): Promise<void> {
    const send = clientOf(number);
    for (const volley of chain.volleys) {
      const wait = startedAt + (volley[0]?.at ?? 0) - Date.now();
      if (wait > 0) await sleep(wait);
      const playLine = async (line: TrafficLine) => {
        await Promise.all(line.needs.map((name) => answered.get(name)?.promise));
        const path = fillIn(line.path, answers);
        const headers: Record<string, string> = {};
        if (line.body !== undefined) headers['content-type'] = 'application/json';
        for (const [name, value] of Object.entries(line.headers))
          headers[name.toLowerCase()] = fillIn(value, answers);
        const body = line.body === undefined ? undefined : fillIn(line.body, answers);
        // A client that waits for a decision takes up none of the slots.
        const release = await slots();
        const askedAt = Date.now();
        const sent = await send({ method: line.method, path, headers, body }, release).finally(release);
        if (line.as !== undefined) {
          if (sent.answer) answers.set(line.as, sent.answer.body);
          answered.get(line.as)?.resolve();
        }
        const entry = {
          client: `chain-${number}`,
          line,
          path,
          body,
          askedAt,
          answeredAt: Date.now(),
          ...sent,
        };
        journal.push(entry);
        onProgress(journal.length, lines.length, entry);
      };
      await Promise.all(volley.map(playLine));
    }
  }

  await Promise.all(dealChains(lines).map(playChain));
  return journal;
}

/** So many slots, first come first served. Resolves to what gives the slot back; called again, that does nothing. */
function createSlots(count: number): () => Promise<() => void> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
  };
}
