import { type TransactionCommand, transactionCommands } from '@twinlog/core';

/** A command as a client sends it: a parsed JSON body, and the idempotency key of its header. */
export interface ClientRequest {
  readonly key: string;
  readonly type: 'create' | 'capture';
  readonly body: object;
}

/** Everything that happens to one transaction, and how it must end. */
export interface Script {
  readonly account: string;
  readonly requests: readonly ClientRequest[];
  /** What must be captured in the end, in minor units. */
  readonly captured: bigint;
}

/** So many transactions of so many commands each. */
export interface Shape {
  readonly streams: number;
  readonly commandsPerStream: number;
}

/** The two that the goal names: many short transactions, and few that were captured in very many parts. */
export const shapes: readonly Shape[] = [
  { streams: 2_000, commandsPerStream: 5 },
  { streams: 50, commandsPerStream: 200 },
];

export function commandsOf({ streams, commandsPerStream }: Shape): number {
  return streams * commandsPerStream;
}

const cents = (amount: number): string => (amount / 100).toFixed(2);

/** The scripts of a shape: a create, then captures in parts, of 1.00 to 1.49 USD each, that leave nothing over. */
export function scriptsOf({ streams, commandsPerStream }: Shape): readonly Script[] {
  const parts = Array.from({ length: commandsPerStream - 1 }, (_, index) => 100 + (index % 50));
  const total = parts.reduce((sum, part) => sum + part, 0);
  const money = (amount: number) => ({ amount: cents(amount), currency: 'USD' });
  return Array.from({ length: streams }, (_, stream): Script => {
    const account = `account-${stream}`;
    const captures = parts.map((part, index): ClientRequest => {
      return { key: `capture-${stream}-${index}`, type: 'capture', body: money(part) };
    });
    const create: ClientRequest = {
      key: `create-${stream}`,
      type: 'create',
      body: { account_id: account, ...money(total) },
    };
    return { account, requests: [create, ...captures], captured: BigInt(total) };
  });
}

/** The request's body, checked, as the command that it asks for. */
export function commandOf({ type, body }: ClientRequest): TransactionCommand {
  return transactionCommands[type].parse(body);
}
