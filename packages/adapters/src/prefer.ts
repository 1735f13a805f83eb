import type {
  CommandRequest,
  Outcome,
  Runtime,
  Service,
  Transaction,
  TransactionCommand,
} from '@twinlog/core';
import type { RequestHeaders } from './api-request.ts';

/** The longest that a request may wait, in seconds: API Gateway gives a cell 29 and 30 to answer, Functions 230. */
const maxWaitSeconds = 20;

/** How long to wait between looks at the stream, in ms: at first, and at most. */
const firstPauseMs = 50;
const longestPauseMs = 500;

/**
 * How long the client would rather wait for an outcome than get a 202, in ms: `Prefer: wait=N`, N in seconds (RFC
 * 7240), the first if there are several. What is no such preference is passed over, as the RFC asks.
 */
export function readWait(headers: RequestHeaders): number | undefined {
  for (const preference of (headers.get('prefer') ?? '').split(',')) {
    const seconds = /^[ \t]*wait[ \t]*=[ \t]*(?:"(\d{1,9})"|(\d{1,9}))[ \t]*(?:;.*)?$/i.exec(preference);
    if (seconds) return Math.min(Number(seconds[1] ?? seconds[2]), maxWaitSeconds) * 1_000;
  }
  return undefined;
}

/**
 * Waits until a command that was recorded as requested (R15) is decided and the decision has come here.
 * @returns the outcome as if it had been decided at once, or undefined where the time was up first.
 */
export async function waitForDecision(
  {
    service,
    runtime,
  }: { readonly service: Service<Transaction, TransactionCommand>; readonly runtime: Runtime },
  request: CommandRequest<TransactionCommand> & { readonly commandId: string },
  waitMs: number,
): Promise<Outcome<Transaction> | undefined> {
  const deadline = runtime.now() + waitMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    const left = deadline - runtime.now();
    if (left <= 0) return undefined;
    await runtime.sleep(Math.min(pause, left));
    const view = await service.read(request.stream);
    if (view.kind === 'read' && view.fold.claims.has(request.commandId)) return service.execute(request);
  }
}
