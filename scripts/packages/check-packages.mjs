// Holds what goes to the registry to what a user needs: `npm run packages`, after a build.
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { installedWith } from './installed-with.mjs';
import { documentProblems } from './licences.mjs';
import { packAll, publishedPackages, readManifest, root } from './published.mjs';

/** How many kB of each package may travel, and how many packages its whole install may be. */
const budgets = {
  '@twinlog/core': { kB: 240, installed: 3 },
  '@twinlog/store-dynamodb': { kB: 60, installed: 40 },
  '@twinlog/store-cosmos': { kB: 60, installed: 45 },
  '@twinlog/bridge': { kB: 215, installed: 70 },
  '@twinlog/adapters': { kB: 150, installed: 5 },
};

/** Licences that ask no more of a user than to keep them. */
const licences = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];

/** Node before 16 and `require` are not served: the packages are ESM, which Node 22 can require all the same. */
const servedOnly = (problem) =>
  problem.resolutionKind !== 'node10' && !['CJSResolvesToESM', 'NoResolution'].includes(problem.kind);

const isThere = (file) =>
  access(file).then(
    () => true,
    () => false,
  );

function manifestProblems(manifest, place, rootManifest) {
  const problems = [];
  const expect = (holds, problem) => holds || problems.push(problem);
  expect(manifest.type === 'module', 'is not ESM');
  expect(manifest.sideEffects === false, 'does not say sideEffects: false');
  expect(manifest.engines?.node === '>=22', 'engines.node is not ">=22"');
  expect(manifest.license === rootManifest.license, `licence is not ${rootManifest.license}`);
  expect(manifest.repository?.url === rootManifest.repository.url, 'repository is not that of the root');
  expect(manifest.repository?.directory === place, `repository.directory is not ${place}`);
  expect(manifest.publishConfig?.provenance === true, 'is not published with provenance');
  expect(manifest.publishConfig?.access === 'public', 'is not published publicly');
  expect(
    (manifest.description ?? '') !== '' && manifest.keywords?.length > 0,
    'has no description or keywords',
  );
  expect(manifest.scripts === undefined, 'has scripts; those belong to the root');
  return problems;
}

/** Every file that is packed is for the user: code, its types, maps and their sources, permissions, and the three papers. */
async function fileProblems(files, folder) {
  const problems = [];
  for (const paper of ['LICENSE', 'README.md', 'package.json']) {
    if (!files.includes(paper)) problems.push(`${paper} is missing`);
  }
  const own = await readFile(path.join(folder, 'LICENSE'), 'utf8').catch(() => '');
  if (own !== (await readFile(path.join(root, 'LICENSE'), 'utf8')))
    problems.push('LICENSE is not that of the root');
  for (const file of files) {
    const source = file.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (/\.(spec|fixture|example|test-d)\./.test(file)) problems.push(`${file} is for our tests alone`);
    else if (file.startsWith('dist/')) {
      if (!files.includes(source))
        problems.push(`${file} is left over from an older build; remove dist and build`);
    } else if (
      !/^(src\/.*\.ts|bin\/[^/]+\.js|schemas\/[^/]+|LICENSE|README\.md|package\.json|permissions\.json)$/.test(
        file,
      )
    ) {
      problems.push(`${file} is nothing that a user needs`);
    }
  }
  for (const file of files.filter((name) => name.endsWith('.map'))) {
    const { sources } = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
    for (const source of sources) {
      const packed = path.posix.join(path.posix.dirname(file), source);
      if (!files.includes(packed)) problems.push(`${file} points at ${packed}, which is not packed`);
    }
  }
  return problems;
}

async function toolProblems(tarball) {
  const data = await readFile(tarball);
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  const { problems = [], types } = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
  const wrong = problems.filter(servedOnly);
  return [
    ...messages.map((message) => `publint: ${formatMessage(message, pkg)}`),
    ...wrong.map((problem) => `types: ${problem.kind} at ${problem.entrypoint ?? problem.fileName}`),
    ...(types === false ? ['types: none were found'] : []),
  ];
}

async function treeProblems(manifest, folder, allowed) {
  const tree = await installedWith(folder);
  const unwanted = tree.filter(({ licence }) => !licences.includes(licence));
  const pins = Object.entries(manifest.dependencies ?? {}).filter(
    ([, range]) => !/^\d+\.\d+\.\d+$/.test(range),
  );
  return {
    tree,
    problems: [
      ...unwanted.map(({ name, licence }) => `${name} is under ${licence}, which is not on the list`),
      ...pins.map(([name, range]) => `${name} is not pinned to one version but to ${range}`),
      ...(tree.length + 1 > allowed
        ? [`installs ${tree.length + 1} packages; its budget is ${allowed}`]
        : []),
    ],
  };
}

const destination = await mkdtemp(path.join(tmpdir(), 'twinlog-packages-'));
try {
  const packages = await publishedPackages();
  const rootManifest = await readManifest(root);
  if (!(await isThere(path.join(root, 'packages/core/dist/index.js'))))
    throw new Error('Build first: npm run build.');
  const packed = await packAll(packages, destination);
  let failed = packages.length === 0;
  const trees = new Map();
  for (const { folder, manifest } of packages) {
    const { tarball, files, size, unpackedSize } = packed.get(manifest.name);
    const budget = budgets[manifest.name] ?? { kB: 0, installed: 0 };
    const { tree, problems: ofTree } = await treeProblems(manifest, folder, budget.installed);
    trees.set(manifest.name, tree);
    const problems = [
      ...manifestProblems(manifest, path.relative(root, folder).replaceAll(path.sep, '/'), rootManifest),
      ...(await fileProblems(files, folder)),
      ...(await toolProblems(tarball)),
      ...ofTree,
      ...(size > budget.kB * 1000
        ? [`takes ${Math.ceil(size / 1000)} kB; its budget is ${budget.kB} kB`]
        : []),
    ];
    const kB = (bytes) => `${Math.ceil(bytes / 1000)} kB`;
    console.log(
      `${problems.length === 0 ? '✓' : '✗'} ${manifest.name.padEnd(24)} ${kB(size).padStart(6)} of ${budget.kB} kB packed, ` +
        `${kB(unpackedSize)} unpacked, ${files.length} files, ${tree.length + 1} packages installed`,
    );
    for (const problem of problems) console.error(`    ${problem}`);
    failed ||= problems.length > 0;
  }
  const direct = packages.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}));
  const foreign = [...new Set(direct)].filter((name) => !name.startsWith('@twinlog/'));
  for (const problem of await documentProblems(trees, foreign, process.argv.includes('--write'))) {
    console.error(`✗ ${problem}`);
    failed = true;
  }
  process.exitCode = failed ? 1 : 0;
} finally {
  await rm(destination, { recursive: true });
}
