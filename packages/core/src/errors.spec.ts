import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError, TwinlogError } from './errors.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** The sources of the published packages. */
function publishedSources(): readonly { readonly file: string; readonly source: string }[] {
  const folders = ['core', 'bridge', 'adapters', 'store-dynamodb', 'store-cosmos'];
  const files = globSync(`packages/{${folders.join(',')}}/src/**/*.ts`, { cwd: root });
  return files
    .filter((file) => !/\.(spec|fixture|example)\./.test(file))
    .map((file) => ({ file, source: readFileSync(path.join(root, file), 'utf8') }));
}

/** Every code that the published packages write into an error, as their sources have it. */
function codesThrown(): ReadonlySet<string> {
  const thrown = /(?:new TwinlogError|super)\(\s*'([a-z_]+)'/g;
  const codes = publishedSources().map(({ source }) =>
    [...source.matchAll(thrown)].map(([, code = '']) => code),
  );
  return new Set(codes.flat());
}

describe('an error', () => {
  it('has a name, a code, what lies below it, and a page that explains the code', () => {
    const cause = new Error('ECONNRESET');
    const error = new StoreUnavailableError('No answer. Send it again.', { cause });
    expect(error).toBeInstanceOf(TwinlogError);
    expect(error).toMatchObject({ name: 'StoreUnavailableError', code: 'store_unavailable', cause });
    expect(error.documentation).toMatch(/^https:.*\/docs\/errors\.md#store_unavailable$/);
  });

  it('has every code explained on that page, and the page explains no other', () => {
    const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
    const explained = [...page.matchAll(/^## ([a-z_]+)$/gm)].map(([, code]) => code).sort();
    expect(explained.length).toBeGreaterThan(10);
    expect(explained).toEqual([...codesThrown()].sort());
  });

  it('is one of those wherever a cell throws; the client and the conformance kit have errors of their own', () => {
    const others = /throw new (Error|RangeError|TypeError)\b/;
    const elsewhere = publishedSources().filter(({ file }) => !/\/(client|testing)\//.test(file));
    expect(elsewhere.filter(({ source }) => others.test(source)).map(({ file }) => file)).toEqual([]);
  });
});
