import { setTimeout as sleep } from 'node:timers/promises';
import { createDnsCache, startTrafficManager } from '@twinlog/emulators';
import type { Client } from './client.ts';
import type { ClientKind } from './crowd.ts';
import { createDnsClient } from './dns-client.ts';
import type { Matrix } from './matrix.ts';
import type { JournalEntry } from './player.ts';
import { createSdkClient } from './sdk-client.ts';

/**
 * What observers do. `dns` and `sdk` place orders near the AWS cell, which they find by DNS alone or by the client library:
 * an order waits for nothing that happened before, so how long it takes is how long it takes to find a cell that is left.
 * `flapping` ones are led to the other cloud several times a second, by a router that keeps failing over and a TTL of 0,
 * and read back whatever they have written.
 */
export type ObserverKind = ClientKind | 'flapping';

export type Observation = JournalEntry & { readonly kind: ObserverKind };

const perKind = 5;
/** How often the flapping router changes its mind, and how long an observer rests at least, in ms. */
const flapEveryMs = 250;
const restMs = 250;
/** Captures in one transaction, so that no stream grows long. */
const capturesEach = 20;

/** Clients beside the traffic, for as long as it lasts. */
export interface Observers {
  /** Lets each finish what it is at. */
  readonly stop: () => Promise<readonly Observation[]>;
}

export async function startObservers({ aws, azure, router }: Matrix): Promise<Observers> {
  const stopped = new AbortController();
  const rest = (ms: number) => sleep(ms, undefined, { signal: stopped.signal }).catch(() => {});
  const flapping = await startTrafficManager({
    endpoints: [
      { name: aws.name, target: aws.url, location: 'us-east-1' },
      { name: azure.name, target: azure.url, location: 'eastus' },
    ],
    monitor: { path: '/health', intervalMs: 1_000, timeoutMs: 500, toleratedFailures: 0 },
    ttlSeconds: 0,
  });
  const flap = async () => {
    for (let turn = 0; !stopped.signal.aborted; turn += 1) {
      const [to, from] = turn % 2 === 0 ? [aws, azure] : [azure, aws];
      flapping.setEnabled(to.name, true);
      flapping.setEnabled(from.name, false);
      await rest(flapEveryMs);
    }
  };

  const near = ({ url, name }: { readonly url: string; readonly name: string }) =>
    createDnsClient(createDnsCache({ resolver: url, name, from: 'us-east-1' }));
  const clients: Readonly<Record<ObserverKind, () => Client>> = {
    dns: () => near(router),
    sdk: () => createSdkClient([aws.url, azure.url]),
    flapping: () => near(flapping),
  };
  const journal: Observation[] = [];
  const observe = async (kind: ObserverKind, number: number) => {
    const send = clients[kind]();
    const name = `observer-${kind}-${number}`;
    const ask = async (method: string, path: string, key?: string, fields?: object) => {
      const body = fields && JSON.stringify(fields);
      const headers = {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      };
      const askedAt = Date.now();
      const sent = await send({ method, path, headers, body }, () => {});
      const line = { method, text: `${name} ${journal.length}` };
      journal.push({ kind, client: name, line, path, body, askedAt, answeredAt: Date.now(), ...sent });
      return sent.answer;
    };
    const order = (number: number) =>
      ask('POST', '/transactions', `order-${number}`, { account_id: name, amount: '1.00', currency: 'USD' });
    const capture = async (number: number) => {
      const created = await order(number);
      const path = `/transactions/${idIn(created?.body)}`;
      for (let step = 1; created && step <= capturesEach && !stopped.signal.aborted; step += 1) {
        const began = Date.now();
        await ask('POST', `${path}/capture`, `capture-${step}`, { amount: '0.01', currency: 'USD' });
        await ask('GET', step % 4 === 0 ? `${path}/events` : path);
        await rest(Date.now() - began + restMs);
      }
    };
    await rest((restMs * number) / perKind);
    for (let number = 1; !stopped.signal.aborted; number += 1) {
      const began = Date.now();
      await (kind === 'flapping' ? capture(number) : order(number));
      // On a machine that is slow the traffic goes first.
      await rest(Date.now() - began + restMs);
    }
  };

  const kinds: readonly ObserverKind[] = ['dns', 'sdk', 'flapping'];
  const all = kinds.flatMap((kind) => Array.from({ length: perKind }, (_, number) => observe(kind, number)));
  const flaps = flap();
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all([...all, flaps]);
      await flapping.stop();
      return journal;
    },
  };
}

function idIn(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'transaction_id' in body
    ? String(body.transaction_id)
    : undefined;
}
