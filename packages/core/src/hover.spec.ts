import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const program = `
import { createMemoryStore, createService, systemRuntime, transaction } from './index.ts';

const service = createService({
  aggregate: transaction,
  store: createMemoryStore(),
  origin: 'aws-us-east-1.1',
  assignment: '1.aws-us-east-1',
  runtime: systemRuntime,
});
const outcome = await service.execute({ stream: 'txn_1', command: { type: 'void' } });
if (outcome.kind === 'appended') console.log(outcome.state);
`;

/** The program with one thing in it written otherwise. */
function mistaken(right: string, wrong: string): string {
  expect(program).toContain(right);
  return program.replace(right, wrong);
}

/** One program of them all, so that what they import is read and checked once. */
const files: ReadonlyMap<string, string> = new Map(
  Object.entries({
    right: program,
    missing: mistaken('store: createMemoryStore(),', ''),
    unknown: mistaken("{ type: 'void' }", "{ type: 'steal' }"),
    unanswered: mistaken("outcome.kind === 'appended'", 'outcome'),
  }).map(([name, text]) => [fileOf(name), text]),
);

function fileOf(name: string): string {
  return path.join(import.meta.dirname, `hovered-${name}.ts`);
}

const config = ts.readConfigFile(
  path.join(import.meta.dirname, '../../../tsconfig.base.json'),
  ts.sys.readFile,
);
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, import.meta.dirname);
const editor = ts.createLanguageService({
  getCompilationSettings: () => ({ ...options, composite: false, noEmit: true, noUnusedLocals: false }),
  getScriptFileNames: () => [...files.keys()],
  getScriptVersion: () => '0',
  getScriptSnapshot: (name) => {
    const text = files.get(name) ?? (ts.sys.fileExists(name) ? readFileSync(name, 'utf8') : undefined);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => import.meta.dirname,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
});

/** What an editor shows over the first place in the program where `word` stands behind `before`. */
function hover(before: string, word: string): string {
  const position = program.indexOf(before + word) + before.length;
  return ts.displayPartsToString(editor.getQuickInfoAtPosition(fileOf('right'), position)?.displayParts);
}

/** What the compiler says to one of the programs. */
function complaints(name: string): string[] {
  return editor
    .getSemanticDiagnostics(fileOf(name))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('in an editor', () => {
  it('a service, what it takes and what it answers are named, not spelled out', () => {
    expect(hover('const ', 'service')).toBe('const service: Decider<Transaction, TransactionCommand>');
    expect(hover('service.', 'execute')).toBe(
      '(property) Service<Transaction, TransactionCommand>.execute: ' +
        '(request: CommandRequest<TransactionCommand>) => Promise<Outcome<Transaction>>',
    );
    expect(hover('const ', 'outcome')).toBe('const outcome: Outcome<Transaction>');
    expect(hover('outcome.', 'state')).toBe('(property) state: Transaction');
  });

  it('a mistake is answered in few lines that name what is wrong', () => {
    expect(complaints('right')).toEqual([]);
    const [missing = ''] = complaints('missing');
    expect(missing).toContain("Property 'store' is missing");
    expect(missing.split('\n').length).toBeLessThan(3);
    const [unknown = ''] = complaints('unknown');
    expect(unknown).toContain('"steal"');
    expect(unknown.split('\n').length).toBeLessThan(4);
    const [unanswered = ''] = complaints('unanswered');
    expect(unanswered).toContain("Property 'state' does not exist on type 'Outcome<Transaction>'");
  });
});
