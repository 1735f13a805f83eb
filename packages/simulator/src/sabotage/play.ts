/**
 * Plays seeds until one catches a sabotage: `play.ts NAME SEEDS`, the answer as JSON on standard output. A process of its
 * own, for a patch takes the place of production code as it is loaded.
 */
import { registerHooks } from 'node:module';
import type { RunOptions } from '../runner.ts';
import { type Sabotage, sabotages } from './composition.ts';
import { type Patch, patches } from './patches.ts';

const core = new URL('../../../core/src/', import.meta.url);

/** @throws Error where a text does not stand in the file exactly once: the patch is of code that has changed since. */
function apply(file: string, edits: Patch['edits'][string], source: string): string {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length === 2) return text.replace(from, () => to);
    throw new Error(`The patch of ${file} does not fit: "${from}" does not stand there exactly once.`);
  }, source);
}

function install({ edits }: Patch): void {
  const byUrl = new Map(Object.entries(edits).map(([file, of]) => [new URL(file, core).href, { file, of }]));
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      const edit = byUrl.get(url);
      if (edit === undefined) return loaded;
      const source = loaded.source ?? '';
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      return { ...loaded, source: apply(edit.file, edit.of, text) };
    },
  });
}

function optionsOf(name: string): Pick<RunOptions, 'policy' | 'sabotage'> {
  const composed: Sabotage | undefined = sabotages.find((one) => one === name);
  if (composed !== undefined) return { policy: 'any-cell', sabotage: composed };
  const patch: Patch | undefined = new Map<string, Patch>(Object.entries(patches)).get(name);
  if (patch === undefined) throw new Error(`"${name}" is no sabotage.`);
  install(patch);
  return { policy: patch.policy };
}

const [name = '', seeds = '1000'] = process.argv.slice(2);
const options = optionsOf(name);
// Only now, so that it loads what is patched.
const { runSeeds } = await import('../runner.ts');
const { failure } = await runSeeds({ firstSeed: 1, seeds: Number(seeds), cells: 2, ...options });
console.log(
  JSON.stringify({
    sabotage: name,
    policy: options.policy,
    ...(failure && { seed: failure.plan.seed, ...failure.violation }),
  }),
);
process.exitCode = failure ? 0 : 1;
