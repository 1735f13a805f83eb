import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Answer, Attempt, OutgoingRequest } from './client.ts';

/** One sending of a request: the final answer, or undefined where patience ran out; and every try. */
interface Sent {
  readonly answer: Answer | undefined;
  readonly attempts: readonly Attempt[];
}

/** How long a client goes on asking what became of a command, and how long it lets pass between, in ms. */
const humanTiming = { patienceMs: 60_000, firstPauseMs: 500, longestPauseMs: 2_000 };

const requested = z.object({ transaction_id: z.string(), command_id: z.string() });
const decided = z.object({
  commands: z.array(z.object({ command_id: z.string(), outcome: z.string() })),
});

/**
 * After a 202: asks what became of the command until it is decided. With an idempotency key by the very same request
 * again, whose answer is then the decision; without one, which would be another command, by reading the transaction.
 * @returns the decision, or the last 202 where patience ran out.
 */
export async function awaitDecision(
  request: OutgoingRequest,
  first: Answer,
  send: (request: OutgoingRequest) => Promise<Sent>,
  { patienceMs, firstPauseMs, longestPauseMs }: typeof humanTiming = humanTiming,
): Promise<Sent> {
  const attempts: Attempt[] = [];
  const deadline = Date.now() + patienceMs;
  const isRepeatable = 'idempotency-key' in request.headers;
  const { transaction_id, command_id } = requested.parse(first.body);
  for (let pause = firstPauseMs; Date.now() < deadline; pause = Math.min(pause * 2, longestPauseMs)) {
    await sleep(pause * (0.5 + Math.random()));
    const asking = isRepeatable
      ? request
      : { method: 'GET', path: `/transactions/${transaction_id}`, headers: {}, body: undefined };
    const { answer, attempts: tries } = await send(asking);
    attempts.push(...tries);
    if (answer && isRepeatable && answer.status !== 202) return { answer, attempts };
    const commands = isRepeatable ? undefined : decided.safeParse(answer?.body).data?.commands;
    const outcome = commands?.find((command) => command.command_id === command_id)?.outcome;
    if (answer && outcome !== undefined) {
      return { answer: { ...answer, status: outcome === 'refused' ? 422 : 200 }, attempts };
    }
  }
  return { answer: first, attempts };
}
