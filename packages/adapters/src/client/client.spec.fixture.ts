import { seededRuntime } from '../cell.spec.fixture.ts';
import { type Client, type ClientOptions, createClient } from './client.ts';
import type { Try } from './try.ts';
import { createWorld, type World } from './world.spec.fixture.ts';

export const usd = (amount: string): { readonly amount: string; readonly currency: string } => ({
  amount,
  currency: 'USD',
});
export const order = { account_id: 'acct-1', ...usd('10.00') };

interface WorldWithClient {
  readonly world: World;
  readonly client: Client;
  /** All tries of the client, in the order they ended. */
  readonly tries: readonly Try[];
  /** What the work comes to, and how long it took in the world's time, in ms. */
  readonly timed: <Result>(
    work: () => Promise<Result>,
  ) => Promise<{ readonly result: Result; readonly ms: number }>;
  readonly run: World['run'];
}

/** Two cells in memory, and a client that knows both. */
export function worldWithClient(options: Partial<ClientOptions> = {}): WorldWithClient {
  const { random } = seededRuntime();
  const world = createWorld(random);
  const tries: Try[] = [];
  const client = createClient({
    cells: [world.aws.url, `${world.azure.url}/`],
    fetch: world.fetch,
    now: world.now,
    sleep: world.sleep,
    random,
    onTry: (tried) => tries.push(tried),
    ...options,
  });
  const timed: WorldWithClient['timed'] = async (work) => {
    const from = world.now();
    const result = await world.run(work());
    return { result, ms: world.now() - from };
  };
  return { world, client, tries, timed, run: world.run };
}

/** What the work rejects with; undefined where it does not. */
export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
