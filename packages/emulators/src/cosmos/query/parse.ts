import type { Amount, Expression, Ordering, Query, Written } from './expression.ts';
import { TokenReader } from './parse-expression.ts';

/** Parses a query of the subset. @throws Refused 400 that names what is outside it. */
export function parseQuery(text: string): Query {
  // SELECT comes before FROM names the alias, so the alias is found first and paths are then held to it.
  const reader = new TokenReader(text, aliasOf(text));
  reader.expect('SELECT');
  const top = reader.accept('TOP') ? amount(reader) : undefined;
  const select = selection(reader);
  const from = fromClause(reader);
  const where = reader.accept('WHERE') ? reader.written() : undefined;
  const orderBy = orderings(reader);
  const offsetLimit = offsetLimitClause(reader);
  if (reader.peek().kind !== 'end') throw reader.refuse();
  const counts = selected(select).some((expression) => contains(expression, 'count'));
  const inPlace = where === undefined || !contains(where.meaning, 'count');
  if (!inPlace || (counts && (select.kind !== 'value' || orderBy.length > 0))) {
    throw new TokenReader('COUNT').refuse();
  }
  return {
    select,
    ...from,
    orderBy,
    counts,
    ...(where === undefined ? {} : { where }),
    ...(top === undefined ? {} : { top }),
    ...(offsetLimit === undefined ? {} : { offsetLimit }),
  };
}

function aliasOf(text: string): string | undefined {
  const reader = new TokenReader(text);
  while (reader.peek().kind !== 'end')
    if (reader.take().text.toUpperCase() === 'FROM') return fromClauseOf(reader).alias;
  return undefined;
}

function fromClause(reader: TokenReader): { readonly alias: string; readonly from: string } {
  reader.expect('FROM');
  return fromClauseOf(reader);
}

const clauseWords = ['WHERE', 'ORDER', 'OFFSET', 'GROUP', 'JOIN', 'IN'];

function fromClauseOf(reader: TokenReader): { readonly alias: string; readonly from: string } {
  const source = reader.take();
  if (source.kind !== 'word') throw reader.refuse(source);
  const renamed = reader.accept('AS');
  const next = reader.peek();
  if (!renamed && (next.kind !== 'word' || clauseWords.includes(next.text.toUpperCase()))) {
    return { alias: source.text, from: source.text };
  }
  reader.take();
  if (next.kind !== 'word') throw reader.refuse(next);
  return { alias: next.text, from: `${source.text} ${next.text}` };
}

function selection(reader: TokenReader): Query['select'] {
  if (reader.accept('*')) return { kind: 'item' };
  if (reader.accept('VALUE')) return { kind: 'value', value: reader.written() };
  const properties: (readonly [string, Written<Expression>])[] = [];
  do {
    const value = reader.written();
    const given = reader.accept('AS') ? reader.take() : undefined;
    if (given !== undefined && given.kind !== 'word') throw reader.refuse(given);
    properties.push([given?.text ?? nameOf(value.meaning, properties.length), value]);
  } while (reader.accept(','));
  return { kind: 'properties', properties };
}

/** The service names a projection after the last part of its path, and anything else `$1`, `$2` … */
function nameOf(expression: Expression, index: number): string {
  const last = expression.kind === 'path' ? expression.path.at(-1) : undefined;
  return typeof last === 'string' ? last : `$${index + 1}`;
}

function orderings(reader: TokenReader): readonly Ordering[] {
  if (!reader.accept('ORDER')) return [];
  reader.expect('BY');
  const found: Ordering[] = [];
  do {
    const start = reader.peek();
    const { meaning, text } = reader.written();
    if (meaning.kind !== 'path' || meaning.path.length === 0) throw reader.refuse(start);
    const descending = reader.accept('DESC');
    if (!descending) reader.accept('ASC');
    found.push({ path: meaning.path, text, descending });
  } while (reader.accept(','));
  return found;
}

function offsetLimitClause(reader: TokenReader): Query['offsetLimit'] {
  if (!reader.accept('OFFSET')) return undefined;
  const offset = amount(reader);
  reader.expect('LIMIT');
  return { offset, limit: amount(reader) };
}

function amount(reader: TokenReader): Amount {
  const token = reader.take();
  if (token.kind === 'parameter') return { parameter: token.text };
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw reader.refuse(token);
  return Number(token.text);
}

function selected(select: Query['select']): readonly Expression[] {
  if (select.kind === 'item') return [];
  return select.kind === 'value'
    ? [select.value.meaning]
    : select.properties.map(([, value]) => value.meaning);
}

function contains(expression: Expression, kind: Expression['kind']): boolean {
  if (expression.kind === kind) return true;
  switch (expression.kind) {
    case 'and':
    case 'or':
    case 'compare':
      return contains(expression.left, kind) || contains(expression.right, kind);
    case 'not':
    case 'isDefined':
      return contains(expression.operand, kind);
    case 'in':
      return [expression.operand, ...expression.among].some((inner) => contains(inner, kind));
    case 'startsWith':
      return contains(expression.text, kind) || contains(expression.prefix, kind);
    case 'array':
      return expression.elements.some((inner) => contains(inner, kind));
    case 'object':
      return expression.properties.some(([, inner]) => contains(inner, kind));
    default:
      return false;
  }
}
