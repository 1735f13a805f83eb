// Plays the examples of the HTTP API, records them and writes docs/http-api.md:
// npx node --conditions=twinlog-source scripts/write-http-api.mjs
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { playStory } from '../packages/adapters/src/openapi/story.spec.fixture.ts';

const root = new URL('../', import.meta.url);
const recorded = new URL('packages/adapters/src/openapi/examples.ts', root);
await writeFile(
  recorded,
  `import type { Example } from './example.ts';

/** Written by \`scripts/write-http-api.mjs\`: a test plays them again. */
export const examples: readonly Example[] = ${JSON.stringify(await playStory())};
`,
);
spawnSync('biome', ['check', '--write', fileURLToPath(recorded)], { stdio: 'inherit' });
const { renderReference } = await import('../packages/adapters/src/openapi/reference.spec.fixture.ts');
await writeFile(new URL('docs/http-api.md', root), renderReference());
