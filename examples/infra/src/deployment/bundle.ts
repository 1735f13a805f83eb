import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';

/** A zip file as it is deployed. */
export interface Bundle {
  readonly cloud: 'aws' | 'azure';
  /** `aws.zip`, and for Azure a name with the content's hash: what deploys it looks at the name only. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const source = (path: string): string =>
  isAbsolute(path) ? path : fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What Lambda loads, each by its own function: `api.handler` and so on. */
export const awsFunctions = ['api', 'receive', 'reconcile', 'relay', 'sweep'] as const;

/** Dependencies in CommonJS ask for `require`, which an ES module does not have by itself. */
const withRequire =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** What the Functions host reads beside the code. */
const azureFiles = {
  'host.json': await readFile(source('azure/host.json')),
  'package.json': Buffer.from(
    `${JSON.stringify({ name: 'twinlog', type: 'module', main: 'functions.mjs' }, null, 2)}\n`,
  ),
};

/**
 * Bundles the entry points of both clouds from the sources, with all that they need. The same sources make the same
 * bytes: entries are sorted and carry one fixed date.
 */
export async function bundleFunctions(): Promise<readonly Bundle[]> {
  const [lambda, functions] = await Promise.all([bundleAws(), bundleEntries(['azure/functions.ts'])]);
  const aws = zip(lambda.files);
  const azure = zip({ ...azureFiles, ...functions.files });
  const hash = createHash('sha256').update(azure).digest('hex').slice(0, 16);
  return [
    { cloud: 'aws', name: 'aws.zip', bytes: aws },
    { cloud: 'azure', name: `azure-${hash}.zip`, bytes: azure },
  ];
}

/** What the zip file for Lambda holds: a module for each function, and what they share or load later. */
export function bundleAws(): Promise<Modules> {
  return bundleEntries(awsFunctions.map((name) => `aws/functions/${name}.ts`));
}

/** Writes both zip files to a folder, in place of whichever were there. */
export async function writeBundles(folder: string): Promise<readonly Bundle[]> {
  const bundles = await bundleFunctions();
  await mkdir(folder, { recursive: true });
  const stale = (await readdir(folder)).filter((name) => /^(aws|azure-[0-9a-f]+)\.zip$/.test(name));
  await Promise.all(stale.map((name) => rm(`${folder}/${name}`)));
  await Promise.all(bundles.map(({ name, bytes }) => writeFile(`${folder}/${name}`, bytes)));
  return bundles;
}

/**
 * Maps for our own sources alone. With `--enable-source-maps`, as the functions run, Node reads the map of every module
 * that it loads: those of the SDKs, ten times as large, made a cold start longer by a tenth.
 * https://github.com/evanw/esbuild/issues/1685
 */
const ownMapsOnly: Plugin = {
  name: 'own-maps-only',
  setup: ({ onLoad }) => {
    const none = Buffer.from(JSON.stringify({ version: 3, sources: [''], mappings: 'AAAA' })).toString(
      'base64',
    );
    const comment = `\n//# sourceMappingURL=data:application/json;base64,${none}`;
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')) + comment,
      loader: 'js',
    }));
  },
};

/** Modules and their maps by name, and what esbuild has to say of them. */
export interface Modules {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly metafile: Metafile;
}

/**
 * Bundles entry points for Node: a minified ES module each, and more of what they share or load only when it is needed.
 * @param entries source files: paths below this package's `src`, or absolute ones.
 */
export async function bundleEntries(entries: readonly string[]): Promise<Modules> {
  const { outputFiles, metafile } = await build({
    entryPoints: Object.fromEntries(entries.map((entry) => [basename(entry, '.ts'), source(entry)])),
    // Paths in messages and maps are then the same wherever the repository lies.
    absWorkingDir: repository,
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // Own sources first; and `module`, which esbuild asks for by itself only where no conditions are named.
    conditions: ['twinlog-source', 'module'],
    plugins: [ownMapsOnly],
    // The Functions host's own module, which its worker provides.
    external: ['@azure/functions-core'],
    banner: { js: withRequire },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const files = outputFiles.map(({ path, contents }) => [basename(path), contents] as const);
  return { files: Object.fromEntries(files), metafile };
}

/** Readable by everybody, as the host of either cloud wants it. */
const readable = 0o100644 << 16;

function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries: Zippable = {};
  for (const name of Object.keys(files).sort()) {
    // The zip format has local time, and fflate asks for it: a date made of local parts is alike everywhere.
    const options = { mtime: new Date(1980, 0, 1), os: 3, attrs: readable, level: 9 } as const;
    entries[name] = [files[name] ?? new Uint8Array(), options];
  }
  return zipSync(entries);
}
