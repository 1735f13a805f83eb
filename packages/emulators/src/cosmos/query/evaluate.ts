import { Refused } from '../answer.ts';
import { isJsonObject, valueAt } from '../json.ts';
import type { Amount, ComparisonOperator, Expression } from './expression.ts';

/** What an expression is evaluated against. */
export interface Scope {
  readonly item: unknown;
  readonly parameters: ReadonlyMap<string, unknown>;
  /** For `COUNT(1)`. */
  readonly count?: number;
}

/**
 * The value of an expression; `undefined` is the service's own undefined: what a missing property is, and what comes of
 * comparing values of different types. A filter keeps an item only where it is exactly `true`.
 */
export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return valueAt(scope.item, expression.path);
    case 'parameter':
      return parameter(expression.name, scope.parameters);
    case 'not': {
      const value = evaluate(expression.operand, scope);
      return typeof value === 'boolean' ? !value : undefined;
    }
    case 'and':
      return both(evaluate(expression.left, scope), () => evaluate(expression.right, scope), false);
    case 'or':
      return both(evaluate(expression.left, scope), () => evaluate(expression.right, scope), true);
    case 'compare':
      return compare(
        expression.operator,
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
      );
    case 'in': {
      const value = evaluate(expression.operand, scope);
      if (value === undefined) return undefined;
      return expression.among.some((other) => compare('=', value, evaluate(other, scope)) === true);
    }
    case 'isDefined':
      return evaluate(expression.operand, scope) !== undefined;
    case 'startsWith':
      return startsWith(
        evaluate(expression.text, scope),
        evaluate(expression.prefix, scope),
        expression.ignoreCase,
      );
    case 'count':
      return scope.count;
    case 'array':
      return expression.elements
        .map((element) => evaluate(element, scope))
        .filter((value) => value !== undefined);
    case 'object':
      return Object.fromEntries(
        expression.properties
          .map(([name, value]) => [name, evaluate(value, scope)] as const)
          .filter(([, value]) => value !== undefined),
      );
  }
}

/** Orders values as `ORDER BY` does: undefined, null, booleans, numbers, strings, arrays, objects. */
export function compareForOrder(left: unknown, right: unknown): number {
  const byType = typeRank(left) - typeRank(right);
  if (byType !== 0) return byType;
  if (typeof left === 'string' && typeof right === 'string') return order(left, right);
  if (typeof left === 'number' && typeof right === 'number') return order(left, right);
  return typeof left === 'boolean' && typeof right === 'boolean' ? order(Number(left), Number(right)) : 0;
}

/** The number that TOP, OFFSET or LIMIT stands for. */
export function amountOf(amount: Amount, parameters: ReadonlyMap<string, unknown>): number {
  if (typeof amount === 'number') return amount;
  const value = parameter(amount.parameter, parameters);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Refused(
    400,
    `The parameter ${amount.parameter} must be a whole number of at least 0, not ${String(value)}.`,
  );
}

function parameter(name: string, parameters: ReadonlyMap<string, unknown>): unknown {
  if (!parameters.has(name))
    throw new Refused(400, `The query uses the parameter ${name}, but the request has none.`);
  return parameters.get(name);
}

/** Three-valued AND (`decided` false) and OR (`decided` true): one side can decide, undefined cannot. */
function both(left: unknown, right: () => unknown, decided: boolean): boolean | undefined {
  if (left === decided) return decided;
  const other = right();
  if (other === decided) return decided;
  return typeof left === 'boolean' && typeof other === 'boolean' ? !decided : undefined;
}

function compare(operator: ComparisonOperator, left: unknown, right: unknown): boolean | undefined {
  if (left === undefined || right === undefined || typeRank(left) !== typeRank(right)) return undefined;
  if (operator === '=') return equal(left, right);
  if (operator === '!=') return !equal(left, right);
  if (isJsonObject(left) || Array.isArray(left)) return undefined;
  const result = compareForOrder(left, right);
  if (operator === '<') return result < 0;
  if (operator === '<=') return result <= 0;
  return operator === '>' ? result > 0 : result >= 0;
}

function equal(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, index) => equal(value, right[index]));
  }
  if (isJsonObject(left) && isJsonObject(right)) {
    const names = Object.keys(left);
    return (
      names.length === Object.keys(right).length &&
      names.every((name) => Object.hasOwn(right, name) && equal(left[name], right[name]))
    );
  }
  return left === right;
}

function startsWith(text: unknown, prefix: unknown, ignoreCase: boolean): boolean | undefined {
  if (typeof text !== 'string' || typeof prefix !== 'string') return undefined;
  return ignoreCase ? text.toLowerCase().startsWith(prefix.toLowerCase()) : text.startsWith(prefix);
}

function typeRank(value: unknown): number {
  if (value === undefined) return 0;
  if (value === null) return 1;
  if (typeof value === 'boolean') return 2;
  if (typeof value === 'number') return 3;
  if (typeof value === 'string') return 4;
  return Array.isArray(value) ? 5 : 6;
}

function order<T extends string | number>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
