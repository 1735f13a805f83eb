import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAws, bundleEntries } from '@twinlog/example-infra/bundle';

/** What is bundled: what Lambda loads for the API of an AWS cell, and the SDK's client by itself. */
export type Bundled = 'api' | 'sdk';

export interface Bundle {
  /** The file to import. */
  readonly entry: string;
  /** Bytes that are read before the first request: the entry and what it imports, without what is loaded later. */
  readonly atStart: number;
  /** Bytes of all modules: with the API, those of the cell's other functions too. */
  readonly inAll: number;
  /** The packages that are read before the first request. */
  readonly packagesAtStart: ReadonlySet<string>;
}

/** Bundles one of them as it is deployed, into a folder. */
export async function bundle(name: Bundled, directory: string): Promise<Bundle> {
  const entry = name === 'api' ? 'api' : 'bare-sdk.entry';
  const { files, metafile } = await (name === 'api'
    ? bundleAws()
    : bundleEntries([fileURLToPath(new URL(`./${entry}.ts`, import.meta.url))]));
  await mkdir(directory, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
  const outputs = new Map(Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.mjs')));
  const started = new Set([`${entry}.mjs`]);
  for (const file of started)
    for (const { path, kind } of outputs.get(file)?.imports ?? [])
      if (kind === 'import-statement' && outputs.has(path)) started.add(path);
  const startedOutputs = [...started].flatMap((file) => outputs.get(file) ?? []);
  const inputs = startedOutputs.flatMap((output) =>
    Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? input : [])),
  );
  const packages = inputs.map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? '');
  return {
    entry: join(directory, `${entry}.mjs`),
    atStart: startedOutputs.reduce((sum, { bytes }) => sum + bytes, 0),
    inAll: [...outputs.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    packagesAtStart: new Set(packages.filter((found) => found !== '')),
  };
}
