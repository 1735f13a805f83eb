export {
  type DeadLetter,
  type DeadLetterCode,
  type DeadLetterContent,
  type DeadLetterSummary,
  type DeadLetters,
  deadLetter,
  IncompleteLetterError,
} from './dead-letter.ts';
export { createMemoryDeadLetters } from './memory.ts';
export {
  createRedriver,
  type Discarded,
  type Redriven,
  type Redriver,
  type RedriverOptions,
} from './redrive.ts';
