import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { run } from '@twinlog/bridge/cli';
import { beforeAll, describe, expect, test } from 'vitest';
import { moduleNamed, readConfiguration, root } from './configuration.fixture.ts';

const folder = new URL('../../docs/runbooks/', import.meta.url);
const scripts = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
const pages = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));

let usage = '';
beforeAll(async () => {
  await readConfiguration();
  const write = (text: string) => {
    usage += text;
  };
  const terminal = { write, writeError: write, isWatched: false };
  const { fetch } = globalThis;
  await run(['help'], {
    variables: {},
    readFile: () => undefined,
    fetch,
    terminal,
    now: () => 0,
    sleep: async () => {},
  });
});

/** Everything of a kind that a page names. */
const named = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].flatMap(([, one]) => (one === undefined ? [] : [one]));

/** `dns_aws` and `aws_<region>` are called so in the root; here they are by their folders. */
const folderOf = (name: string): string =>
  /^(dns|federation)_/.test(name) ? name.replace('_', '/') : name.replace(/^aws_<region>.*/, 'aws-cell');

describe.each(pages)('the runbook $name', ({ text }) => {
  test('sends operators to commands, scripts and variables that are there', () => {
    for (const command of named(text, /npx twinlog ([a-z-]+)/g))
      expect.soft(usage, command).toMatch(new RegExp(`^  twinlog ${command} ?`, 'm'));
    for (const script of named(text, /npm run ([\w:-]+)/g)) expect.soft(scripts).toContain(`"${script}":`);
    for (const script of named(text, /(bootstrap\/[\w-]+\.sh)/g))
      expect.soft(existsSync(`${root}/${script}`), script).toBe(true);
    const { variables, outputs } = moduleNamed('root');
    for (const output of named(text, /terraform output (?:-\w+ )?(\w+)/g))
      expect.soft([...outputs.keys()]).toContain(output);
    // Of a cell in `cells`, and of the call of a cell's module.
    const inCalls = ['incarnation', ...moduleNamed('aws-cell').variables.keys()];
    for (const variable of named(text, /`(\w+) = /g))
      expect.soft([...variables.keys(), ...inCalls]).toContain(variable);
    // By a name with the prefix, which is what pipelines are let in by.
    for (const table of named(text, /`table = ([^`]+)`/g)) expect.soft(table).toMatch(/^"twinlog-\w+"$/);
    for (const variable of named(text, /`((?:[a-z]+_)+(?:cells|ids|phase|id|issuer|protection|tier))\b/g))
      expect.soft([...variables.keys()]).toContain(variable);
  });

  test('names resources that are there', () => {
    for (const [, module = '', address = ''] of text.matchAll(
      /module\.([a-z_]+(?:<region>)?)(?:\["<cell>"\])?\.(\w+\.\w+)/g,
    ))
      expect.soft([...moduleNamed(folderOf(module)).resources.keys()], module).toContain(address);
  });
});
