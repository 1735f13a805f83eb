// Turns each asserted fact round, in a copy, and expects exactly the assertions that claim it to fail: `npm run
// infra:mutations`. Mutations of different files' facts go through terraform together, for a run of it costs half a
// minute; two that touch the same assertion or the same text go apart. `--only=TEXT` takes those whose sentence has
// it, `--test=aws_cell` those of one file of tests.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutations } from './mutations.mjs';
import { command, configuration, copied, initialise, isThere } from './terraform.mjs';

if (!isThere) {
  console.log('infra: there is no terraform on this machine; no mutation was tried.');
  process.exit(0);
}
const initialised = copied();
const init = initialise(initialised);
if (init.isOutOfReach) {
  console.log('infra: the providers cannot be had on this machine; no mutation was tried.');
  process.exit(0);
}
if (init.status !== 0) {
  console.error(`${init.stdout}${init.stderr}`);
  process.exit(1);
}

const given = (name) =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const only = given('only');
const onlyTest = given('test');
const tests = readdirSync(join(configuration, 'tests')).filter((name) => name.endsWith('.tftest.hcl'));
const testOf = { 'aws-cell': 'aws_cell', 'azure-cell': 'azure_cell' };

const all = mutations.map(([file, from, to, ...rest]) => {
  const options = rest.find((part) => typeof part === 'object') ?? {};
  const sentences = rest.filter((part) => typeof part === 'string');
  const module = file.split('/')[1];
  const test = options.test ?? testOf[module] ?? (file.startsWith('modules/') ? module : 'matrix');
  const edits = [[file, from, to], ...(options.also ?? [])];
  return { file, edits, sentences, run: options.run, test, alone: options.alone === true };
});

/** Every claim of the tests: the sentence of an assertion, or the name of a run that expects a refusal. */
const claims = tests.flatMap((name) => {
  const text = readFileSync(join(configuration, 'tests', name), 'utf8');
  const test = name.replace('.tftest.hcl', '');
  return [
    ...[...text.matchAll(/error_message = "((?:[^"\\]|\\.)*)"/g)].map(([, sentence]) => ({ test, sentence })),
    ...[...text.matchAll(/run "([^"]+)" \{\n {2}command = plan[\s\S]*?(?=\nrun |$)/g)].flatMap(
      ([block, run]) => (block.includes('expect_failures') ? [{ test, run }] : []),
    ),
  ];
});
const unturned = claims.filter(
  (claim) =>
    !all.some(
      ({ test, sentences, run }) =>
        test === claim.test &&
        (claim.run === undefined ? sentences.includes(claim.sentence) : run === claim.run),
    ),
);
if (unturned.length > 0 && only === undefined && onlyTest === undefined) {
  for (const { test, sentence, run } of unturned)
    console.error(`not turned round: ${test}: ${sentence ?? run}`);
}

// Refusals that are expected end a file's later runs when they are missed, so each of those goes in another group. The
// root is made of the modules: what is turned round in one may end the root's run before its assertions are judged.
const groups = [];
for (const mutation of all) {
  if (onlyTest !== undefined && mutation.test !== onlyTest) continue;
  if (only !== undefined && ![...mutation.sentences, mutation.run ?? ''].some((text) => text.includes(only)))
    continue;
  const fits = (group) =>
    !mutation.alone &&
    !group.some(
      (other) =>
        other.alone ||
        (other.test === 'matrix') !== (mutation.test === 'matrix') ||
        (other.test === mutation.test && (other.run !== undefined || mutation.run !== undefined)) ||
        other.edits.some(([file, from]) =>
          mutation.edits.some(([its, text]) => file === its && from === text),
        ),
    );
  const group = groups.find(fits);
  if (group === undefined) groups.push([mutation]);
  else group.push(mutation);
}

let survived = only === undefined && onlyTest === undefined ? unturned.length : 0;
let killed = 0;
for (const [place, group] of groups.entries()) {
  const copy = copied(initialised);
  for (const { edits } of group) {
    for (const [file, from, to] of edits) {
      const path = join(copy, file);
      const text = readFileSync(path, 'utf8');
      const mutated = text.replaceAll(
        from instanceof RegExp && !from.global ? new RegExp(from, 'g') : from,
        to,
      );
      if (mutated === text) {
        console.error(`nothing to turn round in ${file}: ${from}`);
        survived += 1;
      }
      writeFileSync(path, mutated);
    }
  }
  const filters = [...new Set(group.map(({ test }) => `-filter=tests/${test}.tftest.hcl`))];
  const { stdout, stderr } = spawnSync(command, [`-chdir=${copy}`, 'test', '-no-color', ...filters], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const said = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
  for (const { file, sentences, run } of group) {
    for (const sentence of sentences) {
      const plain = sentence.replaceAll('\\"', '"');
      if (said.includes(plain)) killed += 1;
      else {
        survived += 1;
        console.error(`survived: ${file}: ${sentence}`);
      }
    }
    if (run === undefined) continue;
    if (said.includes(`run "${run}"... fail`) && said.includes('Missing expected failure')) killed += 1;
    else {
      survived += 1;
      console.error(`survived: ${file}: ${run}`);
    }
  }
  if (process.argv.includes('--verbose')) console.error(`${stdout}${stderr}`);
  console.log(
    `group ${place + 1} of ${groups.length}: ${group.length} mutations, ${killed} claims failed so far`,
  );
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${claims.length} claims; ${killed} seen failing, ${survived} not`);
process.exit(survived > 0 ? 1 : 0);
