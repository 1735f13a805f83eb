import { readFile } from 'node:fs/promises';
import { transactionId } from '@twinlog/core';
import { describe, expect, it } from 'vitest';

describe('the example in the README', () => {
  it('does what the README says: a request sent twice has one answer', async () => {
    const { answers } = await import('./readme.example.ts');
    const created = [201, { transaction_id: transactionId('account-7', 'order-1', () => 0) }];
    expect(answers).toEqual([created, created]);
  });

  it('is this very file', async () => {
    const example = await readFile(new URL('./readme.example.ts', import.meta.url), 'utf8');
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  });
});
