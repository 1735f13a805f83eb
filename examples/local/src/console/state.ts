import type { LinkCondition } from '../link-condition.ts';

/** What the console's server tells the page, as JSON. Times are milliseconds since 1970. */

export type Side = 'aws' | 'azure';
export type Direction = 'awsToAzure' | 'azureToAws';

export interface CellState {
  /** `aws-us-east-1` */
  readonly name: string;
  readonly url: string;
  /** Whether somebody has cut the cell, or its database alone. */
  readonly isCut: boolean;
  readonly isDatabaseCut: boolean;
  /** What the router's probes have found: `Online`, `Degraded`, `CheckingEndpoint`. */
  readonly status: string;
}

export interface LinkState {
  readonly condition: LinkCondition;
  /** Events on their way, or waiting for one. */
  readonly underWay: number;
  /** Events that have arrived, ever. */
  readonly arrived: number;
  /** The last event's way, in ms; null before the first. */
  readonly lagMs: number | null;
}

/** One second of the plots. */
export interface Sample {
  readonly at: number;
  /** Requests that each cell gave a final answer to. */
  readonly answered: Readonly<Record<Side, number>>;
  /** The slowest event that arrived, in ms; null where none did. */
  readonly lagMs: Readonly<Record<Direction, number | null>>;
  /** Conflicts there have been. */
  readonly conflicts: number;
}

/** A request as its client saw it. */
export interface RequestLine {
  readonly id: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Undefined where no cell answered. */
  readonly status: number | undefined;
  /** Which cell answered. */
  readonly side: Side | undefined;
  readonly ms: number;
  readonly tries: number;
}

/** Something worth telling: it is shown, and read out. */
export interface Happening {
  readonly id: number;
  readonly at: number;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'plain';
}

/** What has become of the console's own traffic so far. */
export interface LiveVerdict {
  readonly standing: 'idle' | 'good' | 'waiting' | 'bad';
  readonly sentence: string;
  readonly acknowledged: number;
  readonly refused: number;
  /** Acknowledged, and in both databases. */
  readonly inBoth: number;
  /** Acknowledged, and still on the way to the other cell. */
  readonly onTheirWay: number;
  readonly lost: number;
  readonly appliedTwice: number;
  readonly staleReads: number;
  readonly conflicts: number;
}

export interface Traffic {
  readonly isOn: boolean;
  readonly perSecond: number;
  readonly client: 'dns' | 'sdk';
  /** Requests without an answer yet. */
  readonly underWay: number;
}

/** The run that `npm start` begins with. */
export type Script =
  | { readonly kind: 'playing'; readonly done: number; readonly total: number }
  | { readonly kind: 'settling' }
  | { readonly kind: 'over'; readonly verdict: 'pass' | 'fail'; readonly summary: string };

/** A transaction that the traffic was about lately. */
export interface RecentStream {
  readonly id: string;
  readonly account: string;
}

/** Everything that is true now. */
export interface Now {
  readonly at: number;
  readonly policy: string;
  readonly script: Script;
  readonly cells: Readonly<Record<Side, CellState>>;
  readonly router: {
    readonly url: string;
    /** Where clients of each region are led to. */
    readonly leads: readonly { readonly region: string; readonly to: Side | undefined }[];
  };
  readonly links: Readonly<Record<Direction, LinkState>>;
  readonly traffic: Traffic;
  readonly verdict: LiveVerdict;
  readonly streams: readonly RecentStream[];
}

/** One message of `GET /api/live`: what is true now, and what came since the message before. The first has the past, too. */
export interface LiveMessage {
  readonly now: Now;
  readonly samples: readonly Sample[];
  readonly requests: readonly RequestLine[];
  readonly happenings: readonly Happening[];
}

/** How an event stands in one cell. */
export type Standing = 'counts' | 'refused' | 'repeated' | 'conflict' | 'settled' | 'record' | 'pending';

/** One event of a stream, on the line that canonical order gives it. */
export interface StreamRow {
  readonly id: string;
  readonly at: number;
  /** `captured` */
  readonly kind: string;
  /** Which cell decided it, and its number in that cell. */
  readonly origin: Side;
  readonly sequence: number;
  /** `4.00 USD` where it is about money. */
  readonly amount: string | undefined;
  readonly commandId: string | undefined;
  /** How it stands in each cell; undefined where the cell does not hold it. */
  readonly standing: Readonly<Record<Side, Standing | undefined>>;
}

/** `GET /api/streams/{id}`: a stream from both sides. */
export interface StreamView {
  readonly id: string;
  readonly rows: readonly StreamRow[];
  /** `captured: 4.00 of 10.00 USD`; null where the cell's database cannot be read. */
  readonly state: Readonly<Record<Side, string | null>>;
  readonly areEqual: boolean;
}

/** What the page can have done: the JSON of `POST /api/actions`. */
export type Action =
  | { readonly do: 'cell'; readonly side: Side; readonly cut: boolean }
  | { readonly do: 'database'; readonly side: Side; readonly cut: boolean }
  | { readonly do: 'link'; readonly direction: Direction; readonly condition: LinkCondition }
  | {
      readonly do: 'traffic';
      readonly on: boolean;
      readonly perSecond: number;
      readonly client: 'dns' | 'sdk';
    }
  | { readonly do: 'send'; readonly count: number; readonly client: 'dns' | 'sdk' }
  | { readonly do: 'race' };
