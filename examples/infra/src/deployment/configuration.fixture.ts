import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Body, type HclModule, readModule } from './hcl.ts';

/** Where the configuration is. */
export const root = fileURLToPath(new URL('../../terraform', import.meta.url));

export const moduleNames = [
  'aws-cell',
  'azure-cell',
  'azure-cell/package',
  'routing',
  'dns/aws',
  'dns/azure',
  'dns/certificate',
  'mesh',
  'federation/aws',
  'federation/azure',
  'observability/aws',
  'observability/azure',
];

const modules = new Map<string, HclModule>();

/** Reads the configuration as it is written: to be done before all else. */
export async function readConfiguration(): Promise<void> {
  modules.set('root', await readModule(root));
  for (const name of moduleNames) modules.set(name, await readModule(`${root}/modules/${name}`));
}

export function moduleNamed(name: string): HclModule {
  const found = modules.get(name);
  if (found === undefined) throw new Error(`There is no module ${name}.`);
  return found;
}

export function resource(module: string, address: string): Body {
  const found = moduleNamed(module).resources.get(address);
  if (found === undefined) throw new Error(`The module ${module} has no ${address}.`);
  return found;
}

/** Every line of every module, without comments that stand alone. */
export function lines(): { readonly where: string; readonly line: string }[] {
  return [...modules].flatMap(([name, { files }]) =>
    [...files].flatMap(([file, text]) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          /^\s*#/.test(line) ? [] : [{ where: `${name}/${file}:${index + 1}`, line }],
        ),
    ),
  );
}

/** A source file of the entry points. */
export function source(path: string): Promise<string> {
  return readFile(new URL(`../${path}`, import.meta.url), 'utf8');
}
