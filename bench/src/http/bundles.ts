import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What is bundled: the API of an AWS cell, and the SDK's client by itself. */
export const bundled = { api: 'lambda-api.entry', sdk: 'bare-sdk.entry' } as const;

export interface Bundle {
  /** The file to import. */
  readonly entry: string;
  /** Bytes that are read before the first request: the entry and what it imports, without what is loaded later. */
  readonly atStart: number;
  readonly inAll: number;
  /** The packages that are read before the first request. */
  readonly packagesAtStart: ReadonlySet<string>;
}

/** Bundles one of them as for Lambda: one minified ES module for Node 24, and another for what is loaded later. */
export async function bundle(name: keyof typeof bundled, directory: string): Promise<Bundle> {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`./${bundled[name]}.ts`, import.meta.url))],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['twinlog-source'],
    metafile: true,
    logLevel: 'error',
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
  });
  const outputs = new Map(Object.entries(metafile.outputs));
  const entry = [...outputs].find(([, { entryPoint }]) => entryPoint?.endsWith(`${bundled[name]}.ts`))?.[0];
  if (entry === undefined) throw new Error(`The bundle of ${name} has no entry.`);
  const started = new Set([entry]);
  for (const file of started)
    for (const { path, kind } of outputs.get(file)?.imports ?? [])
      if (kind === 'import-statement' && outputs.has(path)) started.add(path);
  const startedOutputs = [...started].flatMap((file) => outputs.get(file) ?? []);
  const inputs = startedOutputs.flatMap((output) => Object.keys(output.inputs));
  const packages = inputs.map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? '');
  return {
    entry,
    atStart: startedOutputs.reduce((sum, { bytes }) => sum + bytes, 0),
    inAll: [...outputs.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    packagesAtStart: new Set(packages.filter((found) => found !== '')),
  };
}
