import {
  createMemoryStore,
  homeOf,
  parseAssignment,
  transaction,
  transactionCommands,
  transactionId,
} from '@twinlog/core';
import { expect, test } from 'vitest';
import { homeCell } from './home-cell.ts';

const cells = ['aws', 'azure'];
const inForce = parseAssignment({ n: 1, cell: 'aws', policy: 'home-cell', cells: { aws: 1, azure: 1 } });

/** Two cells that reach each other unless the line is cut, each by the other's endpoint. */
function twoCells() {
  const line = { isCut: false };
  const made = new Map<string, ReturnType<typeof homeCell>>();
  for (const cell of cells) {
    const fetch = async (request: Request): Promise<Response> => {
      const other = made.get(new URL(request.url).hostname.replace('.example', ''));
      if (line.isCut || other === undefined) throw new TypeError('fetch failed');
      return other.forwarded(request);
    };
    const urls = new Map(
      cells.filter((other) => other !== cell).map((other) => [other, `https://${other}.example`]),
    );
    made.set(
      cell,
      homeCell({ cell, store: createMemoryStore(), inForce, urls, keys: ['new', 'old'], fetch }),
    );
  }
  return { line, made };
}

test('the cell that is not the home asks it; where it cannot, the command waits', async () => {
  const { line, made } = twoCells();
  const stream = transactionId('account-7', 'order-1', () => 0.5);
  const home = homeOf(inForce, transaction.homeKey?.(stream) ?? stream);
  const [away = ''] = cells.filter((cell) => cell !== home);
  const service = made.get(away)?.service;
  const money = { amount: '10.00', currency: 'USD' };
  const create = transactionCommands.create.parse({ account_id: 'account-7', ...money });
  const created = await service?.execute({
    stream,
    account: 'account-7',
    commandId: 'order-1',
    command: create,
  });
  expect(created?.kind).toBe('appended');

  const capture = { type: 'capture', amount: '4.00', currency: 'USD' } as const;
  const captured = await service?.execute({ stream, commandId: 'capture-1', command: capture });
  // The home decided it; here it is already in the log.
  if (captured?.kind !== 'alreadyAppended') throw new Error(captured?.kind);
  expect(captured.event.source).toContain(home);

  line.isCut = true;
  const waiting = await service?.execute({ stream, commandId: 'capture-2', command: capture });
  expect(waiting?.kind).toBe('requested');
});
