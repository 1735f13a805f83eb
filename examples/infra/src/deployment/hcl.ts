import { readdir, readFile } from 'node:fs/promises';
import { parse } from '@cdktf/hcl2json';

/** A block's body, as the parser gives it: expressions are text in `${}`, blocks are arrays. */
export type Body = Readonly<Record<string, unknown>>;

export interface HclModule {
  readonly path: string;
  readonly files: ReadonlyMap<string, string>;
  /** By type and name. */
  readonly resources: ReadonlyMap<string, Body>;
  readonly variables: ReadonlyMap<string, Body>;
  readonly outputs: ReadonlyMap<string, Body>;
  readonly modules: ReadonlyMap<string, Body>;
  readonly providers: readonly Body[];
  readonly locals: Body;
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The blocks of a name in a body. */
export function blocks(body: Body | undefined, name: string): readonly Body[] {
  const value = body?.[name];
  return Array.isArray(value) ? value.filter(isBody) : [];
}

/** Reads every file of a module, and nothing below it. */
export async function readModule(path: string): Promise<HclModule> {
  const names = (await readdir(path)).filter((name) => name.endsWith('.tf')).sort();
  const texts = await Promise.all(names.map((name) => readFile(`${path}/${name}`, 'utf8')));
  const files = new Map(names.map((name, place) => [name, texts[place] ?? '']));
  const parsed: Body[] = [];
  for (const [name, text] of files) parsed.push(await parse(name, text));

  const named = (kind: string): ReadonlyMap<string, Body> =>
    new Map(
      parsed.flatMap((file) =>
        Object.entries(isBody(file[kind]) ? file[kind] : {}).flatMap(([name, value]) =>
          blocks({ [name]: value }, name).map((body): [string, Body] => [name, body]),
        ),
      ),
    );
  const resources = new Map(
    parsed.flatMap((file) =>
      Object.entries(isBody(file.resource) ? file.resource : {}).flatMap(([type, ofType]) =>
        Object.keys(isBody(ofType) ? ofType : {}).flatMap((name) =>
          blocks(isBody(ofType) ? ofType : {}, name).map((body): [string, Body] => [`${type}.${name}`, body]),
        ),
      ),
    ),
  );
  const providers = parsed.flatMap((file) => {
    const provider = isBody(file.provider) ? file.provider : {};
    return Object.keys(provider).flatMap((name) =>
      blocks(provider, name).map((body) => ({ ...body, provider: name })),
    );
  });
  const locals = Object.assign({}, ...parsed.flatMap((file) => blocks(file, 'locals')));
  return {
    path,
    files,
    resources,
    variables: named('variable'),
    outputs: named('output'),
    modules: named('module'),
    providers,
    locals,
  };
}
