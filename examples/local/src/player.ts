import { setTimeout as sleep } from 'node:timers/promises';
import { createDnsCache, type DnsCache } from '@twinlog/emulators';
import { type Answer, type Attempt, type OutgoingRequest, send } from './client.ts';
import { awaitDecision } from './deferral.ts';
import { type Chain, dealChains } from './schedule.ts';
import { fillIn, type TrafficLine } from './traffic.ts';

/** One sending of one line, as the client saw it. */
export interface JournalEntry {
  readonly line: TrafficLine;
  readonly path: string;
  /** The idempotency key, if the request had one. */
  readonly key: string | undefined;
  readonly body: string | undefined;
  readonly attempts: readonly Attempt[];
  /** The decision; a 202 only where it never came. */
  readonly answer: Answer | undefined;
  /** From a first 202 until the decision was known, in ms; undefined where the command was decided at once. */
  readonly deferredMs: number | undefined;
}

export interface PlayOptions {
  readonly lines: readonly TrafficLine[];
  /** Base URL and DNS name of the router. */
  readonly router: { readonly url: string; readonly name: string };
  /** Told after every sending. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The regions that clients stand in; Performance routing leads each to its nearest cell. */
const regions = ['us-east-1', 'eastus'] as const;
const resolversPerRegion = 8;
/** Requests under way at once. */
const concurrency = 32;

/** Plays the traffic to the end, as many clients, and keeps a journal of what they saw. */
export async function play({ lines, router, onProgress }: PlayOptions): Promise<readonly JournalEntry[]> {
  const resolvers: DnsCache[] = Array.from({ length: regions.length * resolversPerRegion }, (_, index) =>
    createDnsCache({
      resolver: router.url,
      name: router.name,
      from: regions[index % regions.length] ?? regions[0],
    }),
  );
  const journal: JournalEntry[] = [];
  const slots = createSlots(concurrency);
  const startedAt = Date.now();

  const answers = new Map<string, unknown>();
  const names = lines.flatMap((line) => line.as ?? []);
  const answered = new Map(names.map((name) => [name, Promise.withResolvers<void>()]));

  async function playChain(chain: Chain, resolver: DnsCache): Promise<void> {
    let token: string | undefined;
    for (const volley of chain.volleys) {
      const wait = startedAt + (volley[0]?.at ?? 0) - Date.now();
      if (wait > 0) await sleep(wait);
      const seen = token;
      const playLine = async (line: TrafficLine) => {
        await Promise.all(line.needs.map((name) => answered.get(name)?.promise));
        const path = fillIn(line.path, answers);
        const headers: Record<string, string> = {};
        if (line.body !== undefined) headers['content-type'] = 'application/json';
        if (seen !== undefined) headers['consistency-token'] = seen;
        for (const [name, value] of Object.entries(line.headers))
          headers[name.toLowerCase()] = fillIn(value, answers);
        const body = line.body === undefined ? undefined : fillIn(line.body, answers);
        const ask = (request: OutgoingRequest) => slots(() => send(request, resolver));
        const request = { method: line.method, path, headers, body };
        const first = await ask(request);
        const deferredAt = first.answer?.status === 202 ? Date.now() : undefined;
        // A client that waits for a decision takes up none of the slots.
        const last =
          first.answer && deferredAt !== undefined ? await awaitDecision(request, first.answer, ask) : first;
        const { answer } = last;
        const attempts = last === first ? first.attempts : [...first.attempts, ...last.attempts];
        const deferredMs = deferredAt === undefined ? undefined : Date.now() - deferredAt;
        if (answer?.token !== undefined) token = answer.token;
        if (line.as !== undefined) {
          if (answer) answers.set(line.as, answer.body);
          answered.get(line.as)?.resolve();
        }
        const key = headers['idempotency-key'];
        journal.push({ line, path, key, body, attempts, answer, deferredMs });
        onProgress(journal.length, lines.length);
      };
      await Promise.all(volley.map(playLine));
    }
  }

  const chains = dealChains(lines);
  await Promise.all(
    chains.map((chain, index) => {
      const resolver = resolvers[index % resolvers.length];
      return resolver && playChain(chain, resolver);
    }),
  );
  return journal;
}

/** Runs at most so many actions at a time, first come first served. */
function createSlots(count: number): <Result>(action: () => Promise<Result>) => Promise<Result> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (action) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
