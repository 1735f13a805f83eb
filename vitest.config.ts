import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['twinlog-source'] },
  ssr: { resolve: { conditions: ['twinlog-source'], externalConditions: ['twinlog-source'] } },
  test: {
    include: ['{packages,examples}/*/src/**/*.spec.ts', 'scripts/**/*.spec.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
