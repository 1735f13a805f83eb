import { expect, it } from 'vitest';
import { lately } from './lately.ts';

/** Texts taken apart, and how often one was. */
function counting(most: number) {
  const made: string[] = [];
  const letters = lately((text) => {
    if (text === 'bad') throw new Error('bad');
    made.push(text);
    return [...text];
  }, most);
  return { letters, made };
}

it('makes the same of a text as the function, and makes it once', () => {
  const { letters, made } = counting(10);
  expect(letters('ab')).toEqual(['a', 'b']);
  expect(letters('ab')).toBe(letters('ab'));
  expect(made).toEqual(['ab']);
});

it('holds no more than it may', () => {
  const { letters, made } = counting(2);
  for (const text of ['a', 'b', 'a', 'b', 'c', 'c', 'a']) letters(text);
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});

it('keeps nothing of what was refused', () => {
  const { letters } = counting(2);
  expect(() => letters('bad')).toThrow('bad');
  expect(() => letters('bad')).toThrow('bad');
});
