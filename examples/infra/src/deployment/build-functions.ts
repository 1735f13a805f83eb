/** `npm run build:functions [FOLDER]`: writes both zip files, to examples/infra/build unless told otherwise. */
import { fileURLToPath } from 'node:url';
import { writeBundles } from './bundle.ts';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../build', import.meta.url));
for (const { name, bytes } of await writeBundles(folder)) {
  console.log(`${(bytes.length / 1024).toFixed(0).padStart(6)} KB  ${folder}/${name}`);
}
