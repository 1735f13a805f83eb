import { Refused } from '../answer.ts';

/** A token of a query; `at` and `end` are positions in its text. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'parameter' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const pattern =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<parameter>@\w+)|(?<word>[A-Za-z_$]\w*)|(?<symbol>!=|<>|<=|>=|[=<>(),.[\]{}:*-]))/y;

/** Cuts a query into tokens. @throws Refused 400 at a character that starts none. */
export function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  let end = 0;
  for (let match = pattern.exec(query); match !== null; match = pattern.exec(query)) {
    end = pattern.lastIndex;
    const found = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined);
    const kind = found?.[0];
    const text = found?.[1];
    if (text === undefined || !isKind(kind)) break;
    tokens.push({ kind, text, at: end - text.length, end });
  }
  const rest = query.slice(end);
  if (rest.trim() !== '')
    throw notUnderstood(query, rest.trimStart(), query.length - rest.trimStart().length);
  tokens.push({ kind: 'end', text: '', at: query.length, end: query.length });
  return tokens;
}

/** 400 that names what was not understood. */
export function notUnderstood(query: string, what: string, at: number): Refused {
  const named = what === '' ? 'the end of the query' : `'${what.slice(0, 40)}'`;
  return new Refused(
    400,
    `The Cosmos DB stand-in does not understand ${named} at position ${at} of ${JSON.stringify(query)}. It knows ` +
      'SELECT [TOP n] * | VALUE x | a, b AS c, VALUE COUNT(1), WHERE with comparisons, AND, OR, NOT, IN, IS_DEFINED ' +
      'and STARTSWITH, ORDER BY, and OFFSET LIMIT.',
  );
}

/** The value of a string token. */
export function unquote(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
  return text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, character: string | undefined) =>
      code === undefined
        ? (named[character ?? ''] ?? character ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

function isKind(kind: string | undefined): kind is Token['kind'] {
  return kind !== undefined && ['word', 'number', 'string', 'parameter', 'symbol'].includes(kind);
}
