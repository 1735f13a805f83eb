import { ClientError } from './error.ts';
import { type Answer, type Cell, type Outgoing, type Tried, type TryOptions, tryOnce } from './try.ts';

export interface SendOptions extends TryOptions {
  /** Base URLs of the cells, nearest first. */
  readonly cells: readonly string[];
  /** How long a request may take in all, tries and pauses, in ms. */
  readonly timeoutMs: number;
  /** How long a cell may be silent before the next one is asked as well, in ms. */
  readonly hedgeAfterMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A cell that failed is asked last for so long, in ms; then one request finds out whether it is well again. */
const avoidMs = 5_000;
/** Pauses before the same cell is asked again, in ms: at first, and at most. They double, and are jittered. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * Sends requests to whichever cell answers. A request goes to the nearest cell that is thought to be well. Once that
 * one fails, or has been silent for `hedgeAfterMs`, it goes to the next as well, and the first final answer counts; but
 * before a refusal does, another cell that may have taken the command is asked once more, and waited for as long as one may
 * be silent. So it must be one that takes effect once: a command with an idempotency key, or one that changes nothing.
 *
 * @returns the final answer; or the last one that was not final (202, 408, 429, 5xx) where the time was up.
 * @throws ClientError `unreachable` where no cell gave an answer in time, `callback_failed` where code of the caller's
 * threw meanwhile. What it throws before anything is sent has changed nothing, and is thrown as it is.
 */
export function createSend(
  options: SendOptions,
): (outgoing: Outgoing, signal: AbortSignal | undefined) => Promise<Answer> {
  const { now, random, sleep, timeoutMs, hedgeAfterMs } = options;
  const cells: readonly Cell[] = options.cells.map((url) => ({
    url: url.replace(/\/+$/, ''),
    avoidUntil: 0,
  }));
  const avoid = (cell: Cell) => {
    cell.avoidUntil = now() + avoidMs;
  };

  return async (outgoing, signal) => {
    let deadline = now() + timeoutMs;
    const over = new AbortController();
    const stop = () => over.abort();
    signal?.addEventListener('abort', stop);
    const running = new Map<Cell, Promise<Tried>>();
    let hedgeAt = 0;
    /** When this request may go to a cell again, and how often the cell has failed it. */
    const readyAt = new Map<Cell, number>();
    /** The same without what the cell has asked for: of what it may have done it is asked at once. */
    const againAt = new Map<Cell, number>();
    const failures = new Map<Cell, number>();
    let last: Answer | undefined;
    /** A refusal by one cell of what another may have done, and who is still to be asked what it did. */
    let held: Answer | undefined;
    const unsure = new Set<Cell>();
    /** Those that were being asked when it was refused: whose connection breaks after that is asked once more, too. */
    const overtaken = new Set<Cell>();
    let cause: Error | undefined;
    let isSent = false;
    const asking: TryOptions = {
      ...options,
      fetch: (url, init) => {
        isSent = true;
        return options.fetch(url, init);
      },
    };

    try {
      for (;;) {
        signal?.throwIfAborted();
        const at = now();
        const free = cells
          .filter((cell) => !running.has(cell) && (held === undefined || unsure.has(cell)))
          .sort((a, b) => Number(a.avoidUntil > at) - Number(b.avoidUntil > at));
        if (held && running.size === 0 && free.length === 0) return held;
        const readyOf = (cell: Cell) => (held ? againAt : readyAt).get(cell) ?? 0;
        const isReady = (cell: Cell) => readyOf(cell) <= at;
        const next = running.size > 0 && at < hedgeAt && !held ? undefined : free.find(isReady);
        if (next && at < deadline) {
          // One request finds out how the cell is; meanwhile the others still ask it last.
          if (next.avoidUntil > 0) avoid(next);
          hedgeAt = at + hedgeAfterMs;
          if (held) unsure.delete(next);
          running.set(next, tryOnce(next, outgoing, over.signal, asking));
          continue;
        }
        const soonest = Math.min(...free.map(readyOf));
        const wakeAt = running.size > 0 ? Math.max(hedgeAt, soonest) : soonest;
        // What cannot come in time is not waited for.
        if (at >= deadline || (running.size === 0 && wakeAt >= deadline)) break;
        const woken = sleep(Math.min(deadline, wakeAt) - at, over.signal).then(() => undefined);
        const tried = await Promise.race([woken, ...running.values()]);
        if (tried === undefined) continue;

        const { cell, result, thrown } = tried;
        running.delete(cell);
        if (result instanceof Error) cause = result;
        // That the command is recorded is more than that another cell cannot decide it now.
        else if (last?.status !== 202 || (result && isFinal(result.status))) last = result ?? last;
        if (thrown) throw isSent ? callbackFailed(thrown.error, last, outgoing) : thrown.error;
        if (result !== undefined && mayHaveActed(result) && (!held || overtaken.delete(cell)))
          unsure.add(cell);
        if (!(result instanceof Error) && isFinal(result.status)) {
          cell.avoidUntil = 0;
          unsure.delete(cell);
          if (!held && isRefusal(result, outgoing) && running.size + unsure.size > 0) {
            held = result;
            deadline = Math.min(deadline, now() + hedgeAfterMs);
            for (const slow of running.keys()) {
              avoid(slow);
              overtaken.add(slow);
            }
            continue;
          }
          // Who was asked before and is still silent has been overtaken.
          for (const slow of running.keys()) avoid(slow);
          return result;
        }
        if (result instanceof Error || result.status !== 202) avoid(cell);
        const failed = (failures.get(cell) ?? 0) + 1;
        failures.set(cell, failed);
        const pause = Math.min(firstPauseMs * 2 ** (failed - 1), longestPauseMs) * (0.5 + random() / 2);
        readyAt.set(cell, now() + askedToWaitMs(result) + pause);
        againAt.set(cell, now() + pause);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      over.abort();
    }
    const end = held ?? last;
    if (end) return end;
    throw new ClientError(
      'unreachable',
      `No cell answered ${outgoing.method} ${outgoing.path} within ${timeoutMs} ms.`,
      { idempotencyKey: outgoing.idempotencyKey, cause },
    );
  };
}

/** The command may have taken effect: whoever is told needs its key. */
function callbackFailed(cause: unknown, last: Answer | undefined, { idempotencyKey }: Outgoing): ClientError {
  return new ClientError('callback_failed', 'headers, tokens or onTry threw: see the cause.', {
    status: last?.status ?? 0,
    idempotencyKey,
    cause,
  });
}

/**
 * Whether an answer is of a cell that may not know what another one did with the command: it may still be on its way
 * between them. What is wrong with a request itself, field by field, every cell tells alike.
 */
function isRefusal({ status, body }: Answer, { idempotencyKey }: Outgoing): boolean {
  return idempotencyKey !== undefined && [404, 409, 412, 422].includes(status) && !('errors' in body);
}

/** Codes of a 5xx that say that nothing was written. */
const idle: ReadonlySet<unknown> = new Set([
  ...['draining', 'cell_not_ready', 'clock_skew', 'busy', 'stream_pending', 'replica_behind'],
  ...['assignment_outdated', 'code_too_old', 'keys_unavailable', 'home_unreachable'],
]);

/** Whether a cell may have taken the command though it gave no final answer. */
function mayHaveActed(result: Answer | Error): boolean {
  if (result instanceof Error || result.status === 202) return true;
  return result.status >= 500 && !('code' in result.body && idle.has(result.body.code));
}

/** 202 is none: the command is recorded, and the same request again asks what was decided. */
function isFinal(status: number): boolean {
  return status !== 202 && status !== 408 && status !== 429 && status < 500;
}

/** `Retry-After` in ms; as a date it is passed over, for clocks differ. */
function askedToWaitMs(result: Answer | Error): number {
  const seconds = result instanceof Error ? null : result.headers.get('retry-after');
  return /^\d{1,9}$/.test(seconds ?? '') ? Number(seconds) * 1_000 : 0;
}
