import { defineConfig, mergeConfig } from 'vitest/config';
import shared from './vitest.config.ts';

/** The specs that mutation testing runs: those beside the mutated files, which alone should tell a mutant. */
const specs = [
  'log/{counted,event-id,fold-*,superseded,version-vector}',
  'transaction/{money,transaction,transaction-commands,transaction-events,transaction-snapshot}',
];

const merged = mergeConfig(shared, { test: { testTimeout: 10_000 } });
export default defineConfig({
  ...merged,
  test: { ...merged.test, include: specs.map((spec) => `packages/core/src/${spec}.spec.ts`) },
});
