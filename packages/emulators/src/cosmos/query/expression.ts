/** A scalar expression of the SQL subset. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: 'path'; readonly path: readonly (string | number)[] }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'in'; readonly operand: Expression; readonly among: readonly Expression[] }
  | { readonly kind: 'isDefined'; readonly operand: Expression }
  | {
      readonly kind: 'startsWith';
      readonly text: Expression;
      readonly prefix: Expression;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: 'count' }
  | { readonly kind: 'array'; readonly elements: readonly Expression[] }
  | { readonly kind: 'object'; readonly properties: readonly (readonly [string, Expression])[] };

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A piece of a query as it was written, and what it means. */
export interface Written<T> {
  readonly text: string;
  readonly meaning: T;
}

/** `ORDER BY` of one path. */
export interface Ordering {
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly descending: boolean;
}

/** A number, or the name of the parameter that holds it. */
export type Amount = number | { readonly parameter: string };

/** A parsed query. */
export interface Query {
  /** `*`, one value (`VALUE`), or named properties. */
  readonly select:
    | { readonly kind: 'item' }
    | { readonly kind: 'value'; readonly value: Written<Expression> }
    | {
        readonly kind: 'properties';
        readonly properties: readonly (readonly [string, Written<Expression>])[];
      };
  readonly alias: string;
  readonly from: string;
  readonly where?: Written<Expression>;
  readonly orderBy: readonly Ordering[];
  readonly top?: Amount;
  readonly offsetLimit?: { readonly offset: Amount; readonly limit: Amount };
  /** Whether the query counts items instead of listing them. */
  readonly counts: boolean;
}
