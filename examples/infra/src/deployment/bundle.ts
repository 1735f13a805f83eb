import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';

/** A zip file as it is deployed. */
export interface Bundle {
  readonly cloud: 'aws' | 'azure';
  /** `aws.zip`, and for Azure a name with the content's hash: what deploys it looks at the name only. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

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
 * Bundles the entry points of both clouds from the sources, each with all that it needs. The same sources make the
 * same bytes: entries are sorted and carry one fixed date.
 */
export async function bundleFunctions(): Promise<readonly Bundle[]> {
  const [lambda, functions] = await Promise.all([
    bundleEntry('aws/lambda.ts', []),
    // The host's own module, which its worker provides.
    bundleEntry('azure/functions.ts', ['@azure/functions-core']),
  ]);
  const aws = zip({ 'lambda.mjs': lambda.code, 'lambda.mjs.map': lambda.map });
  const azure = zip({ ...azureFiles, 'functions.mjs': functions.code, 'functions.mjs.map': functions.map });
  const hash = createHash('sha256').update(azure).digest('hex').slice(0, 16);
  return [
    { cloud: 'aws', name: 'aws.zip', bytes: aws },
    { cloud: 'azure', name: `azure-${hash}.zip`, bytes: azure },
  ];
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

async function bundleEntry(
  entry: string,
  external: string[],
): Promise<{ readonly code: Uint8Array; readonly map: Uint8Array }> {
  const name = entry.replace(/^.*\/(.*)\.ts$/, '$1.mjs');
  const { outputFiles } = await build({
    entryPoints: [source(entry)],
    // Paths in messages and maps are then the same wherever the repository lies.
    absWorkingDir: fileURLToPath(new URL('../../../..', import.meta.url)),
    outfile: name,
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    conditions: ['twinlog-source'],
    external,
    banner: { js: withRequire },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const contents = (suffix: string): Uint8Array => {
    const file = outputFiles.find(({ path }) => path.endsWith(suffix));
    if (file === undefined) throw new Error(`esbuild made no ${suffix} of ${entry}.`);
    return file.contents;
  };
  return { code: contents('.mjs'), map: contents('.mjs.map') };
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
