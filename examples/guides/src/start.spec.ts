import { expect, test, vi } from 'vitest';

test('the first five minutes print what their page says that they print', async () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('./start.ts');
  expect(print.mock.calls.flat()).toEqual(['appended', 450n, 'alreadyAppended', 'capture_exceeds_amount']);
  print.mockRestore();
});
