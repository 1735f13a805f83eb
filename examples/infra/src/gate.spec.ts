import { localPeer, type Peer, PeerUnavailableError } from '@twinlog/bridge';
import { changeAssignment, createMemoryStore, systemRuntime } from '@twinlog/core';
import { expect, test } from 'vitest';
import { createGate } from './gate.ts';
import { assignmentInForce } from './in-force.ts';

const runtime = systemRuntime;

function cell(name: string, incarnation: number, peers: ReadonlyMap<string, Peer>) {
  const store = createMemoryStore();
  const origin = `${name}.${incarnation}`;
  const settings = {
    cell: name,
    peers: ['aws', 'azure'].filter((other) => other !== name),
    origin,
    incarnation,
  };
  const assignments = assignmentInForce({ settings: { ...settings, policy: 'any-cell' }, store, runtime });
  return { store, assignments, gate: createGate({ settings, assignments, store, runtime, peers }) };
}

const isTimeUp = () => false;

test('a cell learns of the new incarnation of another, though nothing of it ever came here and it only reconciles', async () => {
  const azure = cell('azure', 2, new Map());
  const raised = changeAssignment(
    await azure.assignments.refresh(),
    { kind: 'raise', cell: 'azure' },
    'azure',
  );
  await azure.assignments.assign(raised);
  const aws = cell('aws', 1, new Map([['azure', localPeer(azure.store)]]));
  expect(await aws.gate.recover({ isTimeUp })).toEqual({ isComplete: true, pulled: 0, left: [] });
  expect(aws.gate.origins()).toEqual(expect.arrayContaining(['aws.1', 'azure.1', 'azure.2']));
});

test('only a restored cell has to hear of every peer', async () => {
  const away = () => Promise.reject(new PeerUnavailableError('No answer.'));
  const peers = new Map([['azure', { digests: away, keys: away, events: away, read: away }]]);
  expect(await cell('aws', 1, peers).gate.recover({ isTimeUp })).toMatchObject({ isComplete: true });
  await expect(cell('aws', 2, peers).gate.recover({ isTimeUp })).rejects.toThrow(PeerUnavailableError);
});
