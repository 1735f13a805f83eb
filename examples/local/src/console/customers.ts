import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { type ClientKind, createCrowd } from '../crowd.ts';
import type { Matrix } from '../matrix.ts';
import type { JournalEntry } from '../player.ts';
import { createSdkClient } from '../sdk-client.ts';

/** The console's own traffic: customers who each buy something, step by step, and look at it now and then. */
export interface Customers {
  /** Sends so many requests a second until told to send none. */
  readonly keepSending: (perSecond: number, client: ClientKind) => void;
  /** Sends so many requests now. */
  readonly sendSome: (count: number, client: ClientKind) => void;
  /**
   * Captures more than there is of one transaction, in both clouds at the same moment. Rejects if it cannot be done.
   * @param whileApart runs the captures while neither cell hears of the other's.
   */
  readonly race: (whileApart: (run: () => Promise<unknown>) => Promise<void>) => Promise<void>;
  readonly underWay: () => number;
  readonly stop: () => void;
}

const usd = (amount: string) => ({ amount, currency: 'USD' });
const order = usd('20.00');

/** What a customer does after the order, in turn. Without fields it is a look. */
const steps = [
  { action: 'capture', fields: usd('5.00') },
  {},
  { action: 'capture', fields: usd('7.50') },
  { action: 'refund', fields: usd('2.50') },
  {},
] as const;
const stepsEach = steps.length + 1;

/** Customers who wait for an answer at once, at most; beyond it no request is sent. */
const maxWaiting = 48;

interface Customer {
  readonly name: string;
  readonly send: Client;
  id: string | undefined;
  step: number;
}

export function createCustomers(matrix: Matrix, onAnswer: (entry: JournalEntry) => void): Customers {
  const crowds = { dns: createCrowd(matrix, 'dns'), sdk: createCrowd(matrix, 'sdk') };
  let number = 0;
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;
  const free: Customer[] = [];

  const newCustomer = (send: Client): Customer => {
    number += 1;
    return { name: `customer-${number}`, send, id: undefined, step: 0 };
  };
  const someone = (kind: ClientKind) => newCustomer(crowds[kind](number));

  const ask = async (
    { name, send }: Customer,
    method: string,
    path: string,
    key?: string,
    fields?: object,
  ) => {
    const body = fields && JSON.stringify(fields);
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const askedAt = Date.now();
    underWay += 1;
    const sent = await send({ method, path, headers, body }, () => {}).finally(() => {
      underWay -= 1;
    });
    const line = { method, text: `${name} ${method} ${path} ${key}` };
    onAnswer({ client: name, line, path, body, askedAt, answeredAt: Date.now(), ...sent });
    return sent.answer;
  };

  /** Has the customer do the next step. */
  const goOn = async (customer: Customer): Promise<void> => {
    const { name, step } = customer;
    customer.step += 1;
    const key = `${name}-${step}`;
    if (customer.id === undefined) {
      const created = await ask(customer, 'POST', '/transactions', key, { account_id: name, ...order });
      const { body } = created ?? {};
      if (typeof body === 'object' && body !== null && 'transaction_id' in body)
        customer.id = String(body.transaction_id);
      return;
    }
    const { action, fields } = { action: undefined, fields: undefined, ...steps[(step - 1) % steps.length] };
    const path = `/transactions/${customer.id}`;
    await (action ? ask(customer, 'POST', `${path}/${action}`, key, fields) : ask(customer, 'GET', path));
  };
  const isDone = ({ step }: Customer) => step >= stepsEach;

  const tick = (kind: ClientKind) => {
    if (underWay >= maxWaiting) return;
    const customer = free.length > 12 ? (free.shift() ?? someone(kind)) : someone(kind);
    void goOn(customer).then(() => {
      if (!isDone(customer)) free.push(customer);
    });
  };

  return {
    keepSending: (perSecond, kind) => {
      clearInterval(timer);
      free.length = 0;
      timer = perSecond > 0 ? setInterval(() => tick(kind), 1_000 / perSecond) : undefined;
    },
    sendSome: (count, kind) => {
      for (let left = count; left > 0; left -= stepsEach) {
        const customer = someone(kind);
        const buy = async () => {
          for (let step = Math.min(left, stepsEach); step > 0; step -= 1) await goOn(customer);
        };
        void buy();
      }
    },
    race: async (whileApart) => {
      const [here, there] = [matrix.aws, matrix.azure].map((cell) =>
        newCustomer(createSdkClient([cell.url])),
      );
      if (!here || !there) return;
      await goOn(here);
      const { id } = here;
      if (id === undefined) throw new Error('The order was not accepted.');
      for (let looked = 0; (await matrix.azure.rawEvents([id])).length === 0; looked += 1) {
        if (looked === 50) throw new Error('The order did not come to the other cell.');
        await sleep(100);
      }
      const capture = (customer: Customer) =>
        ask(customer, 'POST', `/transactions/${id}/capture`, `${customer.name}-race`, usd('15.00'));
      await whileApart(() => Promise.all([capture(here), capture(there)]));
    },
    underWay: () => underWay,
    stop: () => clearInterval(timer),
  };
}
