import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['twinlog-source'] },
  ssr: { resolve: { conditions: ['twinlog-source'], externalConditions: ['twinlog-source'] } },
  test: {
    include: ['{packages,examples}/*/src/**/*.spec.ts', 'scripts/**/*.spec.ts'],
    // Each core: the default leaves one idle, and of two that is half of the time.
    maxWorkers: '100%',
    // Modules are loaded once a worker and not once a file, which is half of what the suite would take.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
