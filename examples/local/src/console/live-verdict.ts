import type { Matrix } from '../matrix.ts';
import type { JournalEntry } from '../player.ts';
import type { RawEvent } from '../raw-stores.ts';
import { reckon } from '../reckoning.ts';
import { watchForStaleReads } from '../stale-reads.ts';
import { countAppliedTwice, expectedEvent, findLost, sameLogs } from '../verdict.ts';
import type { Faults } from './faults.ts';
import type { LiveVerdict } from './state.ts';

/** How long events may take to be in both databases once nothing is broken any more, in ms, before they are lost. */
const settlingMs = 45_000;
/** A stream that nothing has happened to for so long, and that is equal on both sides, is done with. In ms. */
const quietMs = 3_000;
/** Streams that are looked at in one go. */
const atOnce = 60;

/** A transaction that is still watched. */
interface Watched {
  /** Acknowledged commands, to be found in both databases. */
  readonly entries: JournalEntry[];
  missing: readonly JournalEntry[];
  conflicts: number;
  appliedTwice: number;
  lastAt: number;
}

/** Judges the console's traffic while it goes on, as the main job's verdict does at the end. */
export interface LiveJudge {
  readonly note: (entry: JournalEntry) => void;
  /** Looks into both databases at what may have changed. */
  readonly look: () => Promise<void>;
  readonly verdict: () => LiveVerdict;
}

export function createLiveJudge(matrix: Matrix, faults: Faults): LiveJudge {
  const reads = watchForStaleReads();
  const watched = new Map<string, Watched>();
  const done = { conflicts: 0, appliedTwice: 0 };
  let acknowledged = 0;
  let refused = 0;

  const lookAt = async (streams: readonly string[]): Promise<void> => {
    const counts = new Map(streams.map((stream) => [stream, watched.get(stream)?.entries.length ?? 0]));
    const read = async (cell: Matrix['aws']) => {
      const folds = await Promise.all(
        streams.map(async (stream) => [stream, await cell.fold(stream)] as const),
      );
      const raw = Map.groupBy(await cell.rawEvents(streams), ({ stream }) => stream);
      return { raw, folds: new Map(folds) };
    };
    const [aws, azure] = await Promise.all([read(matrix.aws), read(matrix.azure)]);
    for (const stream of streams) {
      const watch = watched.get(stream);
      if (!watch) continue;
      const ofStream = ({ raw, folds }: typeof aws) => ({
        raw: raw.get(stream) ?? [],
        folds: new Map([...folds].filter(([other]) => other === stream)),
      });
      const [here, there] = [ofStream(aws), ofStream(azure)];
      const known = watch.entries.slice(0, counts.get(stream));
      watch.missing = [...findLost(known, here.raw, there.raw), ...watch.entries.slice(known.length)];
      const reckoned = reckon(eachOnce([...here.raw, ...there.raw]));
      watch.conflicts = reckoned.conflicts.length;
      const isOpen = [...here.folds.values()].some((fold) =>
        fold.conflicts.some(({ isSettled }) => !isSettled),
      );
      const isQuiet = watch.missing.length === 0 && Date.now() - watch.lastAt > quietMs;
      if (!isQuiet || !sameLogs(here, there)) continue;
      // Only what has come to rest can be held against arithmetic: both were read one after the other.
      const reckonings = new Map([[stream, reckoned]]);
      watch.appliedTwice = countAppliedTwice(here, reckonings) + countAppliedTwice(there, reckonings);
      if (isOpen) continue;
      done.conflicts += watch.conflicts;
      done.appliedTwice += watch.appliedTwice;
      watched.delete(stream);
    }
  };

  return {
    note: (entry) => {
      reads.note(entry);
      const { answer, answeredAt } = entry;
      if (!answer) return;
      if (answer.status >= 400) refused += 1;
      if (answer.status < 400 && answer.status !== 202) acknowledged += 1;
      const expected = expectedEvent(entry);
      if (!expected) return;
      const none = { entries: [], missing: [], conflicts: 0, appliedTwice: 0, lastAt: 0 };
      const watch: Watched = watched.get(expected.stream) ?? none;
      watched.set(expected.stream, watch);
      watch.entries.push(entry);
      watch.missing = [...watch.missing, entry];
      watch.lastAt = answeredAt;
    },
    look: async () => {
      const isReadable = (side: 'aws' | 'azure') => !faults.isCut(side) && !faults.isDatabaseCut(side);
      if (!isReadable('aws') || !isReadable('azure')) return;
      const streams = [...watched.keys()].slice(0, atOnce);
      try {
        await lookAt(streams);
      } catch {
        // A database went away meanwhile: what was known stands.
      }
      // Those looked at go to the end of the line.
      for (const stream of streams) {
        const watch = watched.get(stream);
        if (watch && watched.delete(stream)) watched.set(stream, watch);
      }
    },
    verdict: () => {
      const open = [...watched.values()];
      const missing = open.flatMap((one) => one.missing);
      const whole = faults.wholeSince();
      const isLost = ({ answeredAt }: JournalEntry) =>
        whole !== undefined && Date.now() - Math.max(whole, answeredAt) > settlingMs;
      const lost = missing.filter(isLost).length;
      const sum = (count: (one: Watched) => number) => open.reduce((total, one) => total + count(one), 0);
      const counts = {
        acknowledged,
        refused,
        inBoth: acknowledged - missing.length,
        onTheirWay: missing.length - lost,
        lost,
        appliedTwice: done.appliedTwice + sum((one) => one.appliedTwice),
        staleReads: reads.found().stale,
        conflicts: done.conflicts + sum((one) => one.conflicts),
      };
      return { ...counts, ...standingOf(counts, whole !== undefined) };
    },
  };
}

function standingOf(
  { acknowledged, onTheirWay, lost, appliedTwice, staleReads }: Omit<LiveVerdict, 'standing' | 'sentence'>,
  isWhole: boolean,
): Pick<LiveVerdict, 'standing' | 'sentence'> {
  if (lost + appliedTwice + staleReads > 0) {
    const sentence = `Broken: ${lost} lost, ${appliedTwice} applied twice, ${staleReads} stale reads.`;
    return { standing: 'bad', sentence };
  }
  if (acknowledged === 0)
    return { standing: 'idle', sentence: 'No traffic yet. Send some, then break something.' };
  if (onTheirWay === 0) {
    const sentence = `Nothing lost. All ${acknowledged} acknowledged requests are in both clouds.`;
    return { standing: 'good', sentence };
  }
  const events = onTheirWay === 1 ? '1 event is' : `${onTheirWay} events are`;
  const sentence = isWhole
    ? `Nothing lost. ${events} on the way to the other cloud.`
    : `Nothing lost. ${events} safe in one cloud, and will be in the other once it is back.`;
  return { standing: 'waiting', sentence };
}

function eachOnce(events: readonly RawEvent[]): readonly RawEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
