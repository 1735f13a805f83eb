import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A file of the page. */
export interface Asset {
  readonly contentType: string;
  readonly content: Uint8Array;
}

const page = (name: string) => fileURLToPath(new URL(`../../page/${name}`, import.meta.url));

/** The page's files by their paths: its script and its style each made into one. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const { outputFiles } = await build({
    entryPoints: [page('main.ts'), page('page.css')],
    outdir: '/',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const made = (name: string) =>
    outputFiles.find(({ path }) => path.endsWith(name))?.contents ?? new Uint8Array();
  const asset = (contentType: string, content: Uint8Array): Asset => ({ contentType, content });
  return new Map([
    ['/', asset('text/html; charset=utf-8', await readFile(page('index.html')))],
    ['/page.css', asset('text/css; charset=utf-8', made('page.css'))],
    ['/icon.svg', asset('image/svg+xml', await readFile(page('icon.svg')))],
    ['/main.js', asset('text/javascript; charset=utf-8', made('main.js'))],
  ]);
}
