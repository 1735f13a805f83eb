import { afterEach, describe, expect, it } from 'vitest';
import { type EventGrid, startEventGrid } from './event-grid.ts';
import { type Receiver, startReceiver } from './receiver.fixture.ts';

let grid: EventGrid;
let receiver: Receiver;

const start = async (allow?: Parameters<typeof startReceiver>[0]): Promise<void> => {
  grid = await startEventGrid({ key: 'k' });
  receiver = await startReceiver(allow);
};
afterEach(async () => {
  await grid.stop();
  await receiver.stop();
});

describe('the handshake', () => {
  it('asks with OPTIONS, the origin of Event Grid and the delivery properties', async () => {
    await start({ status: 200, origin: 'eventgrid.azure.net' });
    await grid.subscribe({ name: 'cell', endpoint: receiver.url, headers: { authorization: 'Bearer t' } });
    expect(receiver.handshakes).toHaveLength(1);
    expect(receiver.handshakes[0]).toMatchObject({
      'webhook-request-origin': 'eventgrid.azure.net',
      authorization: 'Bearer t',
    });
  });

  it.each([
    ['answers another status', { status: 405 }, /answered 405/],
    ['does not allow the origin', { status: 200 }, /answered no WebHook-Allowed-Origin/],
    ['allows another origin', { status: 200, origin: 'example.com' }, /answered "example.com" as/],
  ])('refuses a webhook that %s', async (_, allow, message) => {
    await start(allow);
    await expect(grid.subscribe({ name: 'cell', endpoint: receiver.url })).rejects.toThrow(message);
  });

  it('refuses a webhook that is not there', async () => {
    await start();
    await receiver.stop();
    await expect(grid.subscribe({ name: 'cell', endpoint: receiver.url })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('a subscription', () => {
  it.each([
    ['a name that is too short', { name: 'ab' }, /3 to 64/],
    ['plain http beyond the loopback', { endpoint: 'http://example.com/' }, /https URL/],
    ['batches above 5,000', { maxEventsPerBatch: 5_001 }, /from 1 to 5000, not 5001/],
    ['more than 30 attempts', { maxDeliveryAttempts: 31 }, /from 1 to 30/],
    ['a life below a minute', { eventTimeToLiveMs: 1_000 }, /from 60000/],
    ['a header of the service', { headers: { 'aeg-event-type': 'x' } }, /service's own/],
  ])('cannot have %s', async (_, options, message) => {
    await start();
    await expect(grid.subscribe({ name: 'cell', endpoint: receiver.url, ...options })).rejects.toThrow(
      message,
    );
  });

  it('cannot take a name that is taken', async () => {
    await start();
    await grid.subscribe({ name: 'cell', endpoint: receiver.url });
    await expect(grid.subscribe({ name: 'cell', endpoint: receiver.url })).rejects.toThrow(/already/);
  });
});
