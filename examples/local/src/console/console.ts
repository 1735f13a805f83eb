import type { LocalCell } from '../local-cell.ts';
import type { Matrix } from '../matrix.ts';
import type { JournalEntry } from '../player.ts';
import { describeSummary } from '../report.ts';
import type { Progress } from '../run.ts';
import { startSchedules } from '../schedules.ts';
import type { Verdict } from '../verdict.ts';
import { createCustomers } from './customers.ts';
import { createFaults } from './faults.ts';
import { createFeed } from './feed.ts';
import { createLiveJudge } from './live-verdict.ts';
import { type ConsoleServer, startConsoleServer } from './server.ts';
import type {
  Action,
  CellState,
  Direction,
  LinkState,
  LiveVerdict,
  Now,
  RecentStream,
  Script,
  Side,
  Traffic,
} from './state.ts';
import { viewStream } from './stream-view.ts';

/** The page on which a matrix can be watched, and broken. */
export interface Console extends Pick<ConsoleServer, 'url' | 'stop'> {
  /** To be told how the scripted run goes; the matrix is its own until that is over. */
  readonly progress: Progress;
  /** Hands the matrix over to whoever is at the page. */
  readonly open: (verdict: Verdict) => void;
}

const clouds: Readonly<Record<Side, string>> = { aws: 'AWS', azure: 'Azure' };
const regions: readonly string[] = ['us-east-1', 'eastus'];
const sampleEveryMs = 1_000;
const lookEveryMs = 1_000;
const maxStreams = 12;

export async function startConsole(matrix: Matrix): Promise<Console> {
  const sides: readonly Side[] = ['aws', 'azure'];
  const sideOf = (url: string) => sides.find((side) => matrix[side].url === url);
  const feed = createFeed(sideOf);
  const faults = createFaults(matrix);
  const judge = createLiveJudge(matrix, faults);
  let script: Script = { kind: 'playing', done: 0, total: 0 };
  /** The cell that the script has cut, and how many requests were acknowledged in it. */
  let cutByScript: Side | undefined;
  let acknowledgedInScript = 0;
  let traffic: Omit<Traffic, 'underWay'> = { isOn: false, perSecond: 10, client: 'sdk' };
  let streams: readonly RecentStream[] = [];
  const customers = createCustomers(matrix, (entry) => {
    feed.answered(entry);
    judge.note(entry);
    streams = withStreamOf(entry, streams);
  });

  /** Events told of so far, by the way they took. */
  const told = { awsToAzure: 0, azureToAws: 0 };
  const lastLag: Record<Direction, number | null> = { awsToAzure: null, azureToAws: null };
  const directions: readonly Direction[] = ['awsToAzure', 'azureToAws'];
  const hear = () => {
    for (const direction of directions) {
      const events = matrix.replicated[direction];
      for (const { lag } of events.slice(told[direction])) {
        feed.arrived(direction, lag);
        lastLag[direction] = lag;
      }
      told[direction] = events.length;
    }
  };

  const lead = (region: string) => sideOf(matrix.router.choose(region)?.target ?? '');
  let leads = regions.map((region) => ({ region, to: lead(region) }));
  const watchRouter = () => {
    const before = leads;
    leads = regions.map((region) => ({ region, to: lead(region) }));
    leads.forEach(({ region, to }, index) => {
      if (!to || before[index]?.to === to) return;
      const isHome = (region === 'us-east-1') === (to === 'aws');
      feed.tell(isHome ? 'good' : 'plain', `The router leads clients near ${region} to ${clouds[to]}.`);
    });
  };

  const cellState = (side: Side): CellState => ({
    name: matrix[side].name,
    url: matrix[side].url,
    isCut: faults.isCut(side) || cutByScript === side,
    isDatabaseCut: faults.isDatabaseCut(side),
    status: matrix.router.status(matrix[side].name),
  });
  const linkState = (direction: Direction): LinkState => ({
    condition: faults.condition(direction),
    underWay: matrix.links[direction].underWay(),
    arrived: matrix.replicated[direction].length,
    lagMs: lastLag[direction],
  });
  const now = (): Now => ({
    at: Date.now(),
    policy: matrix.policy,
    script,
    cells: { aws: cellState('aws'), azure: cellState('azure') },
    router: { url: matrix.router.url, leads },
    links: { awsToAzure: linkState('awsToAzure'), azureToAws: linkState('azureToAws') },
    traffic: { ...traffic, underWay: customers.underWay() },
    verdict: script.kind === 'over' ? judge.verdict() : unjudged(acknowledgedInScript),
    streams,
  });

  /** Holds back what the cells would tell each other, for as long as something takes. */
  const whileApart = async (run: () => Promise<unknown>) => {
    for (const direction of directions) matrix.links[direction].setCondition('cut');
    await run().finally(() => {
      for (const direction of directions) matrix.links[direction].setCondition(faults.condition(direction));
    });
  };

  const act = async (action: Action): Promise<string | undefined> => {
    if (script.kind !== 'over') return 'The scripted run is still going on.';
    switch (action.do) {
      case 'cell':
        feed.tell(
          action.cut ? 'bad' : 'plain',
          `${clouds[action.side]} is ${action.cut ? 'cut off' : 'being healed'}.`,
        );
        await faults.cutCell(action.side, action.cut);
        if (!action.cut) feed.tell('good', `${clouds[action.side]} is back and catches up.`);
        return undefined;
      case 'database':
        await faults.cutDatabase(action.side, action.cut);
        feed.tell(
          action.cut ? 'bad' : 'good',
          `The database of ${clouds[action.side]} is ${action.cut ? 'cut off' : 'back'}.`,
        );
        return undefined;
      case 'link': {
        faults.setLink(action.direction, action.condition);
        const way = action.direction === 'awsToAzure' ? 'from AWS to Azure' : 'from Azure to AWS';
        const how = { well: 'as it should be', slow: 'slow', cut: 'cut off' }[action.condition];
        feed.tell(action.condition === 'well' ? 'good' : 'bad', `Replication ${way} is ${how}.`);
        return undefined;
      }
      case 'traffic': {
        const { on, perSecond, client } = action;
        if (on !== traffic.isOn) feed.tell('plain', on ? 'Traffic is on.' : 'Traffic is off.');
        traffic = { isOn: on, perSecond, client };
        customers.keepSending(on ? perSecond : 0, client);
        return undefined;
      }
      case 'send':
        customers.sendSome(action.count, action.client);
        return undefined;
      case 'race': {
        const isWhole = sides.every((side) => !faults.isCut(side) && !faults.isDatabaseCut(side));
        if (!isWhole) return 'A race needs both cells.';
        feed.tell('plain', 'Both clouds are asked at once to capture 15.00 of the same 20.00.');
        await customers.race(whileApart);
        return undefined;
      }
    }
  };

  const server = await startConsoleServer({
    live: (cursor) => ({ now: now(), ...feed.since(cursor) }),
    stream: (id) => viewStream(matrix, id, (side) => !faults.isCut(side) && !faults.isDatabaseCut(side)),
    act,
  });

  const ends: (() => unknown)[] = [];
  const every = (ms: number, action: () => unknown) => {
    const timer = setInterval(action, ms);
    ends.push(() => clearInterval(timer));
  };
  every(250, () => {
    hear();
    watchRouter();
  });
  every(sampleEveryMs, () => feed.sample(judge.verdict().conflicts));

  return {
    url: server.url,
    progress: {
      onPlaying: (done, total, entry) => {
        script = { kind: 'playing', done, total };
        const status = entry.answer?.status ?? 0;
        if (status === 200 || status === 201) acknowledgedInScript += 1;
        feed.answered(entry);
        streams = withStreamOf(entry, streams);
      },
      onOutage: (cell, state) => {
        cutByScript = state === 'down' ? sides.find((side) => matrix[side].name === cell) : undefined;
        if (state === 'down') feed.tell('bad', `${cell} is cut off, as the script has it.`);
        else feed.tell('good', `${cell} is back and catches up.`);
      },
      onSettling: () => {
        script = { kind: 'settling' };
      },
    },
    open: (verdict) => {
      script = { kind: 'over', verdict: verdict.verdict, summary: describeSummary(verdict) };
      feed.tell(verdict.verdict === 'pass' ? 'good' : 'bad', `The scripted run is over: ${verdict.verdict}.`);
      // A link that somebody has broken is not to be mended by asking the other cell behind its back.
      const reconciles = ({ name }: LocalCell) =>
        faults.condition(name === matrix.aws.name ? 'azureToAws' : 'awsToAzure') === 'well';
      // What fails because something is cut is made up for later.
      ends.push(startSchedules(matrix, { reconciles, onError: () => {} }));
      let isLooking = false;
      every(lookEveryMs, () => {
        if (isLooking) return;
        isLooking = true;
        void judge.look().finally(() => {
          isLooking = false;
        });
      });
    },
    stop: async () => {
      customers.stop();
      await server.stop();
      await Promise.all(ends.map((end) => end()));
    },
  };
}

/** While the script plays: what it comes to is judged at its end. */
function unjudged(acknowledged: number): LiveVerdict {
  const none = {
    refused: 0,
    inBoth: 0,
    onTheirWay: 0,
    lost: 0,
    appliedTwice: 0,
    staleReads: 0,
    conflicts: 0,
  };
  const sentence = 'The scripted run is being played. It is judged when it is over.';
  return { ...none, acknowledged, standing: 'idle', sentence };
}

/** The transactions that requests were about, the newest first. */
function withStreamOf(
  { client, path, answer }: JournalEntry,
  streams: readonly RecentStream[],
): readonly RecentStream[] {
  const body = answer?.body;
  const created =
    typeof body === 'object' && body !== null && 'transaction_id' in body ? body.transaction_id : undefined;
  const [, , inPath] = path.split('/');
  const id = inPath ?? (typeof created === 'string' ? created : undefined);
  if (id === undefined) return streams;
  const known = streams.find((stream) => stream.id === id);
  const others = streams.filter((stream) => stream.id !== id);
  return [known ?? { id, account: client }, ...others].slice(0, maxStreams);
}
