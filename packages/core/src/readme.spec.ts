import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

describe('the example in the README', () => {
  it('does what the README says: the command sent again elsewhere takes effect once', async () => {
    const { first, again } = await import('./readme.example.ts');
    if (first.kind !== 'appended') throw new Error(first.kind);
    expect(first.state.captured).toBe(450n);
    expect(again).toEqual({ ...first, kind: 'alreadyAppended' });
  });

  it('is this very file', async () => {
    const example = await readFile(new URL('./readme.example.ts', import.meta.url), 'utf8');
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  });
});
