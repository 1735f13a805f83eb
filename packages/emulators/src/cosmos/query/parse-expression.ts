import type { ComparisonOperator, Expression, Written } from './expression.ts';
import { notUnderstood, type Token, tokensOf, unquote } from './tokens.ts';

/** Reads a query token by token; every mismatch is a 400 that names the token. */
export class TokenReader {
  readonly query: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  /** The name that paths start with; known once `FROM` was read. */
  alias: string | undefined;

  constructor(query: string, alias?: string) {
    this.query = query;
    this.alias = alias;
    this.#tokens = tokensOf(query);
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[this.#index + ahead] ?? this.#tokens.at(-1);
    if (token === undefined) throw notUnderstood(this.query, '', 0);
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Takes a keyword or symbol if it comes next. */
  accept(text: string): boolean {
    if (!this.nextIs(text)) return false;
    this.#index += 1;
    return true;
  }

  nextIs(text: string): boolean {
    const token = this.peek();
    return (token.kind === 'word' || token.kind === 'symbol') && token.text.toUpperCase() === text;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.refuse();
  }

  refuse(token: Token = this.peek()): Error {
    return notUnderstood(this.query, token.text, token.at);
  }

  /** Reads an expression and keeps its text. */
  written(): Written<Expression> {
    const start = this.peek().at;
    const meaning = expression(this);
    return { meaning, text: this.query.slice(start, this.#tokens[this.#index - 1]?.end ?? start) };
  }

  /** Reads `a.b[0]["c"]` and answers what follows the alias. */
  path(): readonly (string | number)[] {
    const root = this.take();
    if (root.kind !== 'word' || (this.alias !== undefined && root.text !== this.alias))
      throw this.refuse(root);
    const parts: (string | number)[] = [];
    for (;;) {
      if (this.accept('.')) {
        const part = this.take();
        if (part.kind !== 'word') throw this.refuse(part);
        parts.push(part.text);
      } else if (this.accept('[')) {
        const part = this.take();
        if (part.kind === 'string') parts.push(unquote(part.text));
        else if (part.kind === 'number') parts.push(Number(part.text));
        else throw this.refuse(part);
        this.expect(']');
      } else {
        return parts;
      }
    }
  }
}

function expression(reader: TokenReader): Expression {
  let left = conjunction(reader);
  while (reader.accept('OR')) left = { kind: 'or', left, right: conjunction(reader) };
  return left;
}

function conjunction(reader: TokenReader): Expression {
  let left = negation(reader);
  while (reader.accept('AND')) left = { kind: 'and', left, right: negation(reader) };
  return left;
}

function negation(reader: TokenReader): Expression {
  return reader.accept('NOT') ? { kind: 'not', operand: negation(reader) } : comparison(reader);
}

const operators: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

function comparison(reader: TokenReader): Expression {
  const left = primary(reader);
  const operator = operators.get(reader.peek().text);
  if (operator !== undefined && reader.peek().kind === 'symbol') {
    reader.take();
    return { kind: 'compare', operator, left, right: primary(reader) };
  }
  const negated = reader.nextIs('NOT') && reader.peek(1).text.toUpperCase() === 'IN';
  if (negated) reader.take();
  if (!reader.accept('IN')) return left;
  reader.expect('(');
  const among = list(reader, ')');
  if (among.length === 0) throw reader.refuse();
  return negated
    ? { kind: 'not', operand: { kind: 'in', operand: left, among } }
    : { kind: 'in', operand: left, among };
}

function primary(reader: TokenReader): Expression {
  const token = reader.peek();
  if (reader.accept('(')) {
    const inner = expression(reader);
    reader.expect(')');
    return inner;
  }
  if (reader.accept('[')) return { kind: 'array', elements: list(reader, ']') };
  if (reader.accept('{')) return { kind: 'object', properties: properties(reader) };
  if (reader.accept('-')) {
    if (reader.peek().kind !== 'number') throw reader.refuse();
    return { kind: 'literal', value: -Number(reader.take().text) };
  }
  switch (token.kind) {
    case 'number':
      reader.take();
      return { kind: 'literal', value: Number(token.text) };
    case 'string':
      reader.take();
      return { kind: 'literal', value: unquote(token.text) };
    case 'parameter':
      reader.take();
      return { kind: 'parameter', name: token.text };
    case 'word':
      return word(reader, token);
    default:
      throw reader.refuse();
  }
}

const literals: ReadonlyMap<string, boolean | null | undefined> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);

function word(reader: TokenReader, token: Token): Expression {
  if (literals.has(token.text)) {
    reader.take();
    return { kind: 'literal', value: literals.get(token.text) };
  }
  if (reader.peek(1).text !== '(') return { kind: 'path', path: reader.path() };
  reader.take();
  reader.take();
  const given = list(reader, ')');
  const [first, second, third] = given;
  switch (token.text.toUpperCase()) {
    case 'IS_DEFINED':
      if (first === undefined || given.length !== 1) throw reader.refuse(token);
      return { kind: 'isDefined', operand: first };
    case 'STARTSWITH':
      if (first === undefined || second === undefined || given.length > 3) throw reader.refuse(token);
      if (third !== undefined && (third.kind !== 'literal' || typeof third.value !== 'boolean')) {
        throw reader.refuse(token);
      }
      return {
        kind: 'startsWith',
        text: first,
        prefix: second,
        ignoreCase: third?.kind === 'literal' && third.value === true,
      };
    case 'COUNT':
      if (given.length !== 1 || first?.kind !== 'literal' || first.value !== 1) throw reader.refuse(token);
      return { kind: 'count' };
    default:
      throw reader.refuse(token);
  }
}

function list(reader: TokenReader, end: ')' | ']'): readonly Expression[] {
  const elements: Expression[] = [];
  if (reader.accept(end)) return elements;
  do elements.push(expression(reader));
  while (reader.accept(','));
  reader.expect(end);
  return elements;
}

function properties(reader: TokenReader): readonly (readonly [string, Expression])[] {
  const found: (readonly [string, Expression])[] = [];
  if (reader.accept('}')) return found;
  do {
    const name = reader.take();
    if (name.kind !== 'string' && name.kind !== 'word') throw reader.refuse(name);
    reader.expect(':');
    found.push([name.kind === 'string' ? unquote(name.text) : name.text, expression(reader)]);
  } while (reader.accept(','));
  reader.expect('}');
  return found;
}
