import { forwardEndpoint, httpPeers, sharedKey } from '@twinlog/bridge';
import {
  type Assignment,
  createHomeCellService,
  createService,
  type EventStore,
  originName,
  stampOf,
  systemRuntime,
  transaction,
} from '@twinlog/core';

/** A cell under `home-cell`: its service, and what it answers to the other cells. */
export function homeCell(options: {
  readonly cell: string;
  readonly store: EventStore;
  readonly inForce: Assignment;
  readonly urls: ReadonlyMap<string, string>;
  readonly keys: readonly [inUse: string, before: string];
  readonly fetch: (request: Request) => Promise<Response>;
}) {
  const { cell, store, inForce, urls, keys, fetch } = options;
  const assignment = () => inForce;
  const runtime = systemRuntime;
  const decider = createService({
    aggregate: transaction,
    store,
    origin: originName(cell, inForce.cells.get(cell) ?? 1),
    assignment: () => ({ stamp: stampOf(inForce), ended: inForce.ended }),
    runtime,
  });
  // #region forward
  const peers = httpPeers({ urls, key: keys[0], fetch, timeoutMs: 2_000 });
  const service = createHomeCellService({
    aggregate: transaction,
    decider,
    store,
    cell,
    assignment,
    peers,
    runtime,
  });
  const forwarded = forwardEndpoint({
    service,
    store,
    authorise: sharedKey(keys),
    readCommand: (recorded) => transaction.readCommand?.(recorded),
  });
  // #endregion
  return { service, forwarded };
}
