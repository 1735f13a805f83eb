import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { testCell } from '../cell.spec.fixture.ts';
import { nodeServer } from '../node-server.ts';
import { buy } from './readme.example.ts';

test('the example in the README does what it says, on the cell that is left of two', async () => {
  const listening = async () => {
    const server = createServer(nodeServer(testCell().api)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
  };
  const [gone, left] = [await listening(), await listening()];
  gone.server.close();
  const bought = await buy([gone.url, left.url]);
  left.server.close();
  expect(bought).toMatchObject({
    account_id: 'account-7',
    captured: '4.00',
    capturable: '6.00',
    commands: [{ outcome: 'applied' }, { outcome: 'applied' }, { code: 'capture_exceeds_amount' }],
  });
});

test('the example in the README is this very file', async () => {
  const example = await readFile(new URL('./readme.example.ts', import.meta.url), 'utf8');
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});
