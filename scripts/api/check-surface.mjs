// Holds the public surface of each package to its report in api/: `npm run api`; with `-- --write` writes the reports.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import ts from 'typescript';
import { publishedPackages, root } from '../packages/published.mjs';

const write = process.argv.includes('--write');
const reports = path.join(root, 'api');
const scratch = await mkdtemp(path.join(tmpdir(), 'twinlog-api-'));
const silent = { default: { logLevel: ExtractorLogLevel.None } };

/** Every entry point with types: the package's folder, the declaration, and the report's name. */
const entries = (await publishedPackages()).flatMap(({ folder, manifest }) =>
  Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([entry, { types }]) => {
      const importName = path.posix.join(manifest.name, entry);
      const name = importName.replace('@twinlog/', '').replaceAll('/', '-');
      return { folder, file: path.join(folder, types), importName, name };
    }),
);

const compilerOptions = {
  module: 'nodenext',
  target: 'es2024',
  lib: ['es2024'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
};

function configOf({ folder, file, name }) {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: file,
      compiler: { overrideTsconfig: { compilerOptions, files: entries.map((entry) => entry.file) } },
      apiReport: {
        enabled: true,
        reportFolder: scratch,
        reportTempFolder: scratch,
        reportFileName: name,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  });
}

/** What the entry point lets a user see, as api-extractor reports it. */
async function reportOf(entry, config, compilerState) {
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback: (message) => {
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (!succeeded) throw new Error(`api-extractor cannot read ${entry.file}.`);
  return await readFile(path.join(scratch, `${entry.name}.api.md`), 'utf8');
}

/** Declarations with more type parameters than a reader can hold in mind. */
function overloaded(report, importName) {
  const [, code = ''] = /```ts\n([\s\S]*)\n```/.exec(report) ?? [];
  const found = [];
  const visit = (node) => {
    if ((node.typeParameters?.length ?? 0) > 3) found.push(node.name?.getText(file) ?? 'a function');
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile('report.ts', code, ts.ScriptTarget.Latest);
  if (file.statements.length === 0)
    throw new Error(`The report of ${importName} is empty: the check proves nothing.`);
  visit(file);
  return found.map((name) => `${name} of ${importName} has more than three type parameters`);
}

let stale = 0;
const problems = [];
try {
  await mkdir(reports, { recursive: true });
  const configs = entries.map(configOf);
  const compilerState = CompilerState.create(configs[0]);
  for (const [index, entry] of entries.entries()) {
    const report = await reportOf(entry, configs[index], compilerState);
    problems.push(...overloaded(report, entry.importName));
    const file = path.join(reports, `${entry.name}.api.md`);
    if (report === (await readFile(file, 'utf8').catch(() => ''))) continue;
    if (write) await writeFile(file, report);
    else console.error(`✗ ${entry.importName} has another surface than api/${entry.name}.api.md says`);
    stale++;
  }
  const known = new Set(entries.map(({ name }) => `${name}.api.md`));
  const orphans = (await readdir(reports)).filter((file) => !known.has(file));
  problems.push(...orphans.map((file) => `api/${file} is of no entry point; remove it`));
} finally {
  await rm(scratch, { recursive: true });
}
if (stale > 0 && !write) console.error('See what changed with: npm run api -- --write && git diff api');
for (const problem of problems) console.error(`✗ ${problem}`);
console.log(`api: ${stale} of ${entries.length} reports ${write ? 'written' : 'differ'}`);
process.exitCode = problems.length > 0 || (stale > 0 && !write) ? 1 : 0;
