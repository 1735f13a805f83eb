import { localPeer, type Peer, PeerUnavailableError } from '@twinlog/bridge';
import type { EventStore, ForwardAnswer, Forwarded, TransactionCommand } from '@twinlog/core';
import { type Network, wireRate } from './network.ts';
import type { Stage } from './stage.ts';

/** How long a cell waits for another one's answer. */
const timeoutMs = 10_000;

/** Forwarding is a client's request at work: it takes longer than this only where something is wrong. */
const longestHopMs = 500;

/** A peer's answers go by the wire; for a share of them it hands over the values themselves, for the sake of speed. */
function asOnTheWire<Value>(stage: Stage, values: readonly Value[]): readonly Value[] {
  return stage.random.chance(wireRate) ? JSON.parse(JSON.stringify(values)) : values;
}

export interface Link {
  readonly from: number;
  readonly to: number;
}

/** Asks another cell over a network that may not let the question or the answer through. Nothing else is thrown. */
function ask<Answer>(
  stage: Stage,
  network: Network,
  { from, to }: Link,
  question: () => Promise<Answer> | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const unreachable = () => {
      stage.hit('peer cannot be reached');
      reject(new PeerUnavailableError(`Cell ${to} did not answer.`));
    };
    const answered = network.isOpen(from, to) ? question() : undefined;
    if (answered === undefined) {
      unreachable();
      return;
    }
    const late = () => reject(new PeerUnavailableError(`Cell ${to} did not answer.`));
    const stopWaiting = stage.faulty ? stage.scheduler.timeout(timeoutMs, late) : () => {};
    answered.then((answer) => {
      stopWaiting();
      if (network.isOpen(to, from)) resolve(answer);
      else unreachable();
    }, unreachable);
  });
}

/** Another cell's log as this one can ask for it. @param storeOf undefined while the other cell is down. */
export function createPeer(
  stage: Stage,
  network: Network,
  link: Link,
  storeOf: () => EventStore | undefined,
): Peer {
  const through = <Answer>(question: (peer: Peer) => Promise<Answer>): Promise<Answer> =>
    ask(stage, network, link, () => {
      const store = storeOf();
      return store && question(localPeer(store));
    });
  return {
    digests: (query) => through((peer) => peer.digests(query)),
    keys: (query) => through((peer) => peer.keys(query)),
    events: (keys) => through(async (peer) => asOnTheWire(stage, await peer.events(keys))),
    read: (stream) => through(async (peer) => asOnTheWire(stage, await peer.read(stream))),
  };
}

/** Forwards a command to another cell, which may decide it without its answer ever coming back. */
export async function forwardTo(
  stage: Stage,
  network: Network,
  link: Link,
  forwarded: Forwarded<TransactionCommand>,
  decide: (forwarded: Forwarded<TransactionCommand>) => Promise<ForwardAnswer> | undefined,
): Promise<ForwardAnswer> {
  stage.hit('R15 forwarded');
  const hop = () =>
    stage.scheduler.sleep(stage.random.next() * Math.min(longestHopMs, stage.plan.networkDelayMs));
  await hop();
  const answer = await ask(stage, network, link, () => decide(onTheWire(stage, forwarded)));
  if (stage.strikes(stage.plan.rates.answerLost)) {
    stage.hit('R15 forward unanswered');
    throw new PeerUnavailableError(`The answer of cell ${link.to} was lost.`);
  }
  await hop();
  return onTheWire(stage, answer);
}

/** The events by way of the wire; the rest holds nothing that a cell could change. */
function onTheWire<Carrier extends Pick<ForwardAnswer, 'events'>>(stage: Stage, carrier: Carrier): Carrier {
  return { ...carrier, events: asOnTheWire(stage, carrier.events) };
}
