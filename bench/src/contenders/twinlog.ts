import { createMemoryStore, createService, systemRuntime, transaction, transactionId } from '@twinlog/core';
import type { Contender } from '../contender.ts';
import { versionOf } from '../installed.ts';
import { commandOf, type Script } from '../workload.ts';

/** The service with everything on: bodies checked, ids made, idempotency keys and fingerprints kept. */
export const twinlog: Contender = {
  name: 'twinlog',
  version: versionOf('@twinlog/core'),
  prepare: (scripts) => {
    const service = createService({
      aggregate: transaction,
      store: createMemoryStore(),
      origin: 'aws-us-east-1.1',
      assignment: '1.aws-us-east-1',
      runtime: systemRuntime,
    });
    const streams: string[] = [];

    async function playScript({ account, requests }: Script): Promise<void> {
      let stream = '';
      for (const request of requests) {
        const command = commandOf(request);
        const creates = command.type === 'create';
        if (creates) stream = transactionId(account, request.key, systemRuntime.random);
        const outcome = await service.execute(
          creates
            ? { stream, command, commandId: request.key, account }
            : { stream, command, commandId: request.key },
        );
        if (outcome.kind !== 'appended') throw new Error(`A ${command.type} ended as ${outcome.kind}.`);
      }
      streams.push(stream);
    }

    return {
      play: async () => {
        for (const script of scripts) await playScript(script);
      },
      captured: () =>
        Promise.all(
          streams.map(async (stream) => {
            const view = await service.read(stream);
            return view.kind === 'read' ? view.fold.state?.captured : undefined;
          }),
        ),
    };
  },
};
