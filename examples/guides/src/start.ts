// #region service
import {
  createMemoryStore,
  createService,
  systemRuntime,
  transaction,
  transactionCommands,
  transactionId,
} from '@twinlog/core';

export const service = createService({
  aggregate: transaction,
  store: createMemoryStore(),
  origin: 'aws-us-east-1.1', // this cell, and its incarnation
  assignment: '1.aws-us-east-1', // who decides: one cell, so this one
  runtime: systemRuntime, // the clock and the dice, handed in
});
// #endregion

// #region first
const account = 'account-7';
const stream = transactionId(account, 'order-1', systemRuntime.random);
const created = await service.execute({
  stream,
  account,
  commandId: 'order-1',
  command: transactionCommands.create.parse({ account_id: account, amount: '10.00', currency: 'USD' }),
});
console.log(created.kind); // appended

const capture = transactionCommands.capture.parse({ amount: '4.50', currency: 'USD' });
const captured = await service.execute({ stream, commandId: 'capture-1', command: capture });
if (captured.kind === 'appended') console.log(captured.state.captured); // 450n
// #endregion

// #region again
const again = await service.execute({ stream, commandId: 'capture-1', command: capture });
console.log(again.kind); // alreadyAppended

const tooMuch = transactionCommands.capture.parse({ amount: '5.51', currency: 'USD' });
const refused = await service.execute({ stream, commandId: 'capture-2', command: tooMuch });
if (refused.kind === 'refused') console.log(refused.code); // capture_exceeds_amount

// #endregion

export { again, captured, created, refused };
