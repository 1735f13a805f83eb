// Removes from every dist what its sources no longer make: tsc writes, and never takes away. A part of `npm run build`.
import { existsSync, globSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
for (const file of globSync('{packages/*,examples/*,bench}/dist/**/*.{js,d.ts,map}', { cwd: root })) {
  const source = file.replace(/([\\/])dist([\\/])/, '$1src$2').replace(/(\.d\.ts|\.js)(\.map)?$/, '');
  if (!['.ts', '.tsx', '.mts'].some((ending) => existsSync(path.join(root, source + ending)))) {
    rmSync(path.join(root, file));
  }
}
