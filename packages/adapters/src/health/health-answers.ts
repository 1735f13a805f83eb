import type { Answer } from '../answer.ts';
import type { ApiRequest } from '../api-request.ts';
import { problem } from '../problem.ts';
import type { Health } from './health.ts';

/** What the people who operate a cell are told beyond whether it is well. */
export interface HealthDetail {
  /** Whether whoever asks may know: the bridge's `sharedKey`, for example, which compares in constant time. */
  readonly authorise: (request: Request) => Promise<boolean>;
  readonly report: () => Promise<HealthReport>;
}

export interface HealthReport {
  /** By the cell that events come from: how long the last one took from its decision to this store, in ms. */
  readonly replication_lag_ms: Readonly<Record<string, number>>;
  /** What waits, by what it is: streams with events that do not count yet, requests, conflicts to settle. */
  readonly pending: Readonly<Record<string, number>>;
}

export interface HealthState {
  readonly health: Health;
  readonly healthDetail?: HealthDetail;
  readonly isDraining: () => boolean;
  readonly ready?: () => Promise<{ readonly ok: boolean; readonly reason?: string }>;
}

/** `GET /health`, for Traffic Manager: 200 if the cell can take a write now. No word about where or why. */
export async function answerHealth(state: HealthState): Promise<Answer> {
  const reasons = await reasonsAgainst(state);
  return reasons.length === 0
    ? { status: 200, body: { status: 'ok' } }
    : { status: 503, body: { status: 'unavailable' } };
}

/** `GET /health/detail`: the same status, and why. To whoever may not know it is a path like any that is not there. */
export async function answerHealthDetail(state: HealthState, request: ApiRequest): Promise<Answer> {
  const { healthDetail } = state;
  if (!healthDetail || !(await healthDetail.authorise(request.toWeb())))
    return problem('not_found', 'There is nothing at this path.');
  const reasons = await reasonsAgainst(state);
  const report = await healthDetail.report();
  const isWell = reasons.length === 0;
  return {
    status: isWell ? 200 : 503,
    body: { status: isWell ? 'ok' : 'unavailable', reasons, ...report },
  };
}

/** Why the cell should get no traffic; nothing if it should. A check that fails to answer is a reason. */
async function reasonsAgainst({ health, ready, isDraining }: HealthState): Promise<readonly string[]> {
  if (isDraining()) return ['draining'];
  const readiness = await ready?.().catch(() => ({ ok: false, reason: 'not_ready' }));
  if (readiness?.ok === false) return [readiness.reason ?? 'not_ready'];
  return (await health.judge()).reasons;
}
