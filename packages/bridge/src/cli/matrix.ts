import type { CellOperations, CellStatus } from '../operations/cell-operations.ts';
import { httpOperations } from '../operations/http-operations.ts';
import { httpPeer } from '../reconcile/http-peer.ts';
import type { Peer } from '../reconcile/peer.ts';
import { PeerUnavailableError } from '../reconcile/peer-error.ts';
import type { KnownCell } from './configuration.ts';
import { UsageError } from './usage-error.ts';

/** A cell that can be operated and asked about its log. */
export interface OperatedCell {
  readonly name: string;
  readonly operations: CellOperations;
  readonly log: Peer;
}

/** How long a cell may take for an answer, in ms: as long as a gateway waits for it. */
const timeoutMs = 35_000;

export function operated(
  { name, url, key, token }: KnownCell,
  fetch: (request: Request) => Promise<Response>,
): OperatedCell {
  const fetchInTime = (request: Request) =>
    fetch(new Request(request, { signal: AbortSignal.timeout(timeoutMs) }));
  const address = {
    ...{ url, fetch: fetchInTime },
    ...(key !== undefined && { key }),
    ...(token !== undefined && { token: async () => token }),
  };
  const operations = httpOperations(address);
  const status = async () => {
    const found = await operations.status();
    if (found.cell === name) return found;
    throw new UsageError(
      `The cell at ${url} says that it is ${found.cell}, and not ${name}. Mend the names or addresses of the cells.`,
    );
  };
  return { name, operations: { ...operations, status }, log: httpPeer(address) };
}

/** @throws UsageError where there is no such cell. */
export function cellNamed(cells: readonly OperatedCell[], name: string | undefined): OperatedCell {
  const found = cells.find((cell) => cell.name === name);
  if (found) return found;
  const known = cells.map((cell) => cell.name).join(', ');
  throw new UsageError(
    name === undefined ? `Name a cell: ${known}.` : `There is no cell "${name}". There are ${known}.`,
  );
}

/** Every two cells, once. */
export function pairsOf(cells: readonly OperatedCell[]): readonly (readonly [OperatedCell, OperatedCell])[] {
  return cells.flatMap((first, at) => cells.slice(at + 1).map((second) => [first, second] as const));
}

/** Every cell with every other, both ways: each pair of them in turn. */
export function directionsOf(
  cells: readonly OperatedCell[],
): readonly (readonly [OperatedCell, OperatedCell])[] {
  return pairsOf(cells).flatMap(([first, second]) => [[first, second] as const, [second, first] as const]);
}

/** What a cell says of itself, or why it cannot be reached. */
export async function answerOf({ operations }: OperatedCell): Promise<CellStatus | PeerUnavailableError> {
  try {
    return await operations.status();
  } catch (error) {
    if (error instanceof PeerUnavailableError) return error;
    throw error;
  }
}

/** What a cell says of itself; undefined where it cannot be reached. */
export async function statusOf(cell: OperatedCell): Promise<CellStatus | undefined> {
  const answer = await answerOf(cell);
  return answer instanceof PeerUnavailableError ? undefined : answer;
}

/** What each cell says of itself. @throws UsageError where one is another cell than it is taken for. */
export async function identified(cells: readonly OperatedCell[]): Promise<readonly CellStatus[]> {
  return Promise.all(cells.map(({ operations }) => operations.status()));
}

/** The same of cells of which at least two are needed. */
export async function statuses(cells: readonly OperatedCell[]): Promise<readonly CellStatus[]> {
  if (cells.length < 2) throw new UsageError('This takes at least two cells. Configure the others, too.');
  return identified(cells);
}
