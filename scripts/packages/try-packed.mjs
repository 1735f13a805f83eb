// Installs the packed tarballs into an empty project outside of the workspace, type-checks the README examples there
// and runs them on every Node that is supported: `npm run packed`.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packAll, publishedPackages, readManifest, root } from './published.mjs';

const run = promisify(execFile);
const project = await mkdtemp(path.join(tmpdir(), 'twinlog-packed-'));
const inProject = { cwd: project, maxBuffer: 64 * 1024 * 1024 };

/** The oldest Node that is supported comes with the project; the newest is the workspace's own, which runs this. */
const oldest = '22.23.3';
const nodes = [path.join(project, 'node_modules/oldest-node/bin/node'), process.execPath];
const compilers = ['typescript', '@typescript/native'].map((name) => path.join(root, 'node_modules', name));

/** A file each that imports every entry point, and the examples of the READMEs. */
async function writeSources(packages) {
  await mkdir(path.join(project, 'src'));
  const entries = packages.flatMap(({ manifest: { name, exports } }) =>
    Object.keys(exports)
      // A pattern, such as that of the schemas, is no module.
      .filter((entry) => !entry.includes('*'))
      // Those that ask for an optional peer are left out.
      .filter((entry) => !entry.endsWith('.json') && !['./testing', './telemetry'].includes(entry))
      .map((entry) => path.posix.join(name, entry)),
  );
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const names = entries.map((_, index) => `entry${index}`).join(', ');
  await writeFile(
    path.join(project, 'src/entries.ts'),
    `${imports.join('\n')}\nfor (const entry of [${names}]) if (Object.keys(entry).length === 0) throw new Error('empty');\n`,
  );
  const examples = [];
  for (const { folder, manifest } of packages) {
    const files = await readdir(path.join(folder, 'src'), { recursive: true });
    for (const file of files.filter((name) => name.endsWith('.example.ts'))) {
      const copy = [manifest.name.split('/')[1], ...file.split(path.sep)].join('.');
      await copyFile(path.join(folder, 'src', file), path.join(project, 'src', copy));
      examples.push(copy);
    }
  }
  if (examples.length === 0) throw new Error('No example was found: the check proves nothing.');
  return ['entries.ts', ...examples];
}

/** Calls of the READMEs that need no cloud: what they print is longer than any complaint. */
const printing = [
  ['@twinlog/store-dynamodb', 'cloudformation', 'events'],
  ['@twinlog/store-dynamodb', 'terraform', 'events'],
  ['@twinlog/store-dynamodb', 'permissions'],
  ['@twinlog/store-cosmos', 'bicep', 'cell', 'twinlog', 'events'],
  ['@twinlog/store-cosmos', 'terraform', 'cell', 'twinlog', 'events'],
  ['@twinlog/store-cosmos', 'permissions'],
];

async function install(packages, packed) {
  const core = await readManifest(packages[0].folder);
  const { zod } = core.dependencies;
  const tarballs = packages.map(({ manifest }) => [
    manifest.name,
    `file:${packed.get(manifest.name).tarball}`,
  ]);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const manifest = {
    name: 'an-empty-project',
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(tarballs), zod },
    devDependencies: {
      '@types/node': '22',
      'oldest-node': `npm:node-${platform}-${process.arch}@${oldest}`,
    },
  };
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'out',
  };
  await writeFile(path.join(project, 'package.json'), JSON.stringify(manifest));
  await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  const npm = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', npm, { ...inProject, shell: process.platform === 'win32' });
}

try {
  const packages = await publishedPackages();
  const packed = await packAll(packages, project);
  const sources = await writeSources(packages);
  console.log(`packed: installing ${packages.length} tarballs into an empty project`);
  await install(packages, packed);
  for (const compiler of compilers) {
    const { version } = await readManifest(compiler);
    await run(process.execPath, [path.join(compiler, 'bin/tsc')], inProject);
    console.log(
      `✓ TypeScript ${version} checks ${sources.length} files, declarations of the packages included`,
    );
  }
  for (const node of nodes) {
    const { stdout: version } = await run(node, ['--version'], inProject);
    for (const source of sources) {
      const { stderr } = await run(node, [path.join('out', source.replace(/\.ts$/, '.js'))], inProject);
      // An example of an open API is warned of by the API itself; any other warning is one that a user should not get.
      const warnings = stderr.replace(/^Twinlog: authentication is OFF\..*\n/m, '').trim();
      if (warnings !== '') throw new Error(`${source} on Node ${version.trim()} says:\n${warnings}`);
    }
    const commands = packages.flatMap(({ manifest: { name, bin = {} } }) =>
      Object.entries(bin).map(([command, file]) => [command, path.join('node_modules', name, file)]),
    );
    for (const [, file] of commands) await run(node, [file, '--help'], inProject);
    const ran = [...sources, ...commands.map(([command]) => command)];
    console.log(`✓ Node ${version.trim()} runs ${ran.join(', ')}`);
  }
  for (const command of printing) {
    const { stdout } = await run('npx', ['--offline', ...command], {
      ...inProject,
      shell: process.platform === 'win32',
    });
    if (stdout.length < 500) throw new Error(`npx ${command.join(' ')} printed only "${stdout}".`);
  }
  console.log(`✓ npx runs ${new Set(printing.map(([name]) => name)).size} commands of the packages`);
} catch (error) {
  console.error(`✗ ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  process.exitCode = 1;
} finally {
  await rm(project, { recursive: true });
}
