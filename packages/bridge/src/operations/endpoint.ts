import { formatAssignment, TwinlogError } from '@twinlog/core';
import type { Authorise } from '../authorise.ts';
import { answer, jsonEndpoint } from '../json-endpoint.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from '../reconcile/peer-error.ts';
import type { CellOperations, CellStatus } from './cell-operations.ts';

/** Loaded with the first request: a function that starts need not wait for it. */
const wire = (): Promise<typeof import('./wire.ts')> => import('./wire.ts');

export const operationsPath = '/replication/operations/';

/** The most bytes of a request. */
const maxRequestBytes = 65_536;

/**
 * What operators ask of this cell, for `httpOperations` at the other end: `POST` to `/replication/operations/…`.
 *
 * 200 with the answer. 400: the body breaks the format. 401: not an authorised operator. 404, 405: another path or
 * method. 409: the cell will not do it now, with `code` and `error`. 413: above 64 KiB. 502: a peer that it has to ask
 * did not answer. 503: the store cannot be reached; ask again.
 */
export function operationsEndpoint({
  operations,
  authorise,
}: {
  readonly operations: CellOperations;
  readonly authorise: Authorise;
}): (request: Request) => Promise<Response> {
  const { deadLetters } = operations;
  const routes: Readonly<Record<string, (body: unknown) => Promise<object>>> = {
    status: async (body) => {
      (await wire()).nothing.parse(body);
      return written(await operations.status());
    },
    assign: async (body) => {
      const { change, expected } = (await wire()).assignRequest.parse(body);
      return written(await operations.assign(change, expected));
    },
    reconcile: async (body) => operations.reconcile((await wire()).reconcileRequest.parse(body)),
    repair: async (body) => operations.repair((await wire()).repairRequest.parse(body)),
    recover: async (body) => {
      (await wire()).nothing.parse(body);
      return operations.recover();
    },
    'dead-letters/list': async (body) => deadLetters.list((await wire()).lettersRequest.parse(body)),
    'dead-letters/show': async (body) => ({
      letter: (await deadLetters.get((await wire()).letterRequest.parse(body).id)) ?? null,
    }),
    'dead-letters/redrive': async (body) => {
      const { id, dryRun } = (await wire()).driveRequest.parse(body);
      return deadLetters.redrive(id, { dryRun });
    },
    'dead-letters/discard': async (body) => {
      const { id, dryRun } = (await wire()).driveRequest.parse(body);
      return deadLetters.discard(id, { dryRun });
    },
  };

  return jsonEndpoint({
    routes: Object.fromEntries(
      Object.entries(routes).map(([path, route]) => [
        operationsPath + path,
        async (body) => answer(200, await route(body)),
      ]),
    ),
    authorise,
    maxBytes: maxRequestBytes,
    sentences: {
      post: 'A cell is operated by POST.',
      what: 'A request',
      // For people who operate the cell: what its log would tell them.
      unavailable: ({ message }) => `The cell's store gave no answer. ${message}`,
    },
    answerError: (error) => {
      if (error instanceof PeerUnavailableError || error instanceof PeerMisconfiguredError)
        return answer(502, { error: error.message, code: error.code });
      return error instanceof TwinlogError
        ? answer(409, { error: error.message, code: error.code })
        : undefined;
    },
  });
}

function written({ assignment, ...status }: CellStatus): object {
  return { ...status, assignment: formatAssignment(assignment) };
}
