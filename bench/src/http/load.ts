import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { WrongEndStateError } from '../contender.ts';

export interface LoadLevel {
  readonly connections: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Connections that broke or timed out, and answers other than 201. */
  readonly errors: number;
  /** Bytes in use after a garbage collection. */
  readonly heapBytes: number;
}

const levels = [10, 100, 1_000] as const;

async function ask(server: ChildProcess, message: string): Promise<{ written: number; heapBytes: number }> {
  const answered = once(server, 'message');
  server.send(message);
  const [counts] = await answered;
  return counts;
}

/**
 * Creates without end against the Node shell, in a process of its own on this machine, at three numbers of connections.
 * @throws WrongEndStateError where the store did not count exactly what clients were told was created.
 */
export async function measureLoad(
  requests: number,
  progress: (message: string) => void,
): Promise<readonly LoadLevel[]> {
  const file = fileURLToPath(new URL('./load-server.ts', import.meta.url));
  const server = fork(file, { execArgv: ['--conditions=twinlog-source', '--expose-gc'] });
  const [{ port }] = await once(server, 'message');
  const play = (connections: number, amount: number) =>
    autocannon({
      url: `http://127.0.0.1:${port}/transactions`,
      connections,
      amount,
      timeout: 30,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"account_id":"acct-[<id>]","amount":"12.34","currency":"USD"}',
      idReplacement: true,
    });
  try {
    progress('Node shell, warm-up');
    await play(100, requests);
    const results: LoadLevel[] = [];
    for (const connections of levels) {
      progress(`Node shell, ${connections} connections`);
      const before = await ask(server, 'count');
      const result = await play(connections, requests);
      const after = await ask(server, 'count');
      const written = after.written - before.written;
      if (written !== result['2xx']) {
        throw new WrongEndStateError(
          `With ${connections} connections ${result['2xx']} creates were acknowledged and ${written} written.`,
        );
      }
      results.push({
        connections,
        requests: result['2xx'] + result.non2xx,
        requestsPerSecond: (result['2xx'] * 1_000) / (result.finish.getTime() - result.start.getTime()),
        p50: result.latency.p50,
        p99: result.latency.p99,
        errors: result.errors + result.timeouts + result.non2xx,
        heapBytes: after.heapBytes,
      });
    }
    return results;
  } finally {
    server.send('stop');
    await once(server, 'exit');
  }
}
