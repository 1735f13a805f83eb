import { countHit, type Hit, type Hits } from './hits.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { Sabotage } from './sabotage/composition.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** What an invariant found. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
  readonly stream?: string;
  /** Milliseconds since 1970, of the run. */
  readonly at: number;
}

/** What all parts of one run share. */
export interface Stage {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  /** Whether faults strike: until healing begins. */
  faulty: boolean;
  readonly random: Random;
  readonly sabotage: Sabotage | undefined;
  /** Whether one cell alone decides each stream, for nothing in this plan gives its place to another. */
  readonly hasOneDecider: boolean;
  readonly violations: Violation[];
  /** Ids of the events that were reported as conflicts at some time: tentatively, until settled (R16). */
  readonly tentative: Set<string>;
  readonly hit: (hit: Hit) => void;
  readonly note: (who: string, what: string, detail?: string, stream?: string) => void;
  /** Notes a violation; the run ends with it. */
  readonly fail: (invariant: string, detail: string, stream?: string) => void;
  /** Whether a fault of this rate strikes now. */
  readonly strikes: (rate: number) => boolean;
  /** Runs something on its own. What it throws is a violation: nothing of a cell's own may. */
  readonly spawn: (who: string, act: () => Promise<void>) => void;
}

export function createStage(
  parts: Pick<Stage, 'plan' | 'scheduler' | 'random' | 'sabotage'> & {
    readonly hits: Hits;
    readonly trace: Trace;
  },
): Stage {
  const { plan, scheduler, random, sabotage, hits, trace } = parts;
  const violations: Violation[] = [];
  const fail: Stage['fail'] = (invariant, detail, stream) => {
    violations.push({ invariant, detail, at: scheduler.now(), ...(stream !== undefined && { stream }) });
    trace.note(scheduler.now(), 'simulator', `VIOLATION ${invariant}`, detail, stream);
  };
  const stage: Stage = {
    plan,
    scheduler,
    random,
    sabotage,
    hasOneDecider:
      plan.policy === 'home-cell' &&
      plan.incidents.every(({ kind }) => kind !== 'takeover' && kind !== 'restore'),
    violations,
    tentative: new Set(),
    faulty: true,
    hit: (hit) => countHit(hits, hit),
    note: (who, what, detail = '', stream = undefined) =>
      trace.note(scheduler.now(), who, what, detail, stream),
    fail,
    strikes: (rate) => stage.faulty && random.chance(rate),
    spawn: (who, act) => {
      act().catch((error: unknown) => {
        fail(
          'nothing throws',
          `${who}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      });
    },
  };
  return stage;
}
