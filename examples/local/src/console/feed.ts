import type { JournalEntry } from '../player.ts';
import type { Direction, Happening, LiveMessage, RequestLine, Sample, Side } from './state.ts';

/** What is kept for a page that is opened later: two minutes of samples, and the last lines. */
const maxSamples = 120;
const maxRequests = 40;
const maxHappenings = 40;

/** Where a page has got to; undefined for one that has nothing yet. */
export interface Cursor {
  readonly sampleAt: number;
  readonly requestId: number;
  readonly happeningId: number;
}

/** What has come about, for pages to be told of. */
export interface Feed {
  readonly answered: (entry: JournalEntry) => void;
  readonly arrived: (direction: Direction, lagMs: number) => void;
  readonly tell: (tone: Happening['tone'], text: string) => void;
  /** Closes a second of the plots. */
  readonly sample: (conflicts: number) => void;
  readonly since: (cursor: Cursor | undefined) => Omit<LiveMessage, 'now'> & { readonly cursor: Cursor };
}

/** @param sideOf which cell listens at a base URL. */
export function createFeed(sideOf: (url: string) => Side | undefined): Feed {
  const samples: Sample[] = [];
  const requests: RequestLine[] = [];
  const happenings: Happening[] = [];
  let nextId = 1;
  let answered = { aws: 0, azure: 0 };
  let lagMs: Record<Direction, number | null> = { awsToAzure: null, azureToAws: null };
  const keep = <Item>(items: Item[], item: Item, most: number) => {
    items.push(item);
    if (items.length > most) items.shift();
  };

  return {
    answered: ({ line, path, attempts, answer, askedAt, answeredAt }) => {
      const side =
        answer && sideOf(attempts.findLast(({ result }) => result === answer.status)?.target ?? '');
      if (side) answered[side] += 1;
      const id = nextId++;
      const { method } = line;
      const ms = answeredAt - askedAt;
      const tries = attempts.length;
      keep(
        requests,
        { id, at: answeredAt, method, path, status: answer?.status, side, ms, tries },
        maxRequests,
      );
    },
    arrived: (direction, lag) => {
      lagMs[direction] = Math.max(lag, lagMs[direction] ?? 0);
    },
    tell: (tone, text) => keep(happenings, { id: nextId++, at: Date.now(), tone, text }, maxHappenings),
    sample: (conflicts) => {
      keep(samples, { at: Date.now(), answered, lagMs, conflicts }, maxSamples);
      answered = { aws: 0, azure: 0 };
      lagMs = { awsToAzure: null, azureToAws: null };
    },
    since: (cursor = { sampleAt: 0, requestId: 0, happeningId: 0 }) => ({
      samples: samples.filter(({ at }) => at > cursor.sampleAt),
      requests: requests.filter(({ id }) => id > cursor.requestId),
      happenings: happenings.filter(({ id }) => id > cursor.happeningId),
      cursor: {
        sampleAt: samples.at(-1)?.at ?? 0,
        requestId: requests.at(-1)?.id ?? 0,
        happeningId: happenings.at(-1)?.id ?? 0,
      },
    }),
  };
}
