import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

test('10,000 mangled requests: no crash, no wrong acknowledgement, nothing stored that is no event', async () => {
  const { violations, answers, stored, deadLetters } = await fuzz({ requests: 10_000, seed: 1 });
  expect(violations).toEqual([]);
  // They are mangled, and yet not so far gone that every check was met at the door.
  for (const answer of ['200', '401', '405', '503']) expect(answers[`webhook ${answer}`]).toBeGreaterThan(10);
  for (const way of ['sqs', 'trigger']) expect(answers[`${way} again`]).toBeGreaterThan(5);
  expect(stored).toBeGreaterThan(500);
  expect(deadLetters).toBeGreaterThan(2_000);
}, 120_000);
