/** What a route template takes from a path, or undefined if it does not fit. */
export type RouteMatch = Readonly<Record<string, string>> | undefined;

/** A compiled route template of an HTTP trigger. */
export interface Route {
  /** @param path the request's path, still percent-encoded, with neither prefix nor leading slash */
  readonly match: (path: string) => RouteMatch;
  /** Sorts routes: where several fit, the lowest wins, literal before parameter before the rest of a path. */
  readonly precedence: string;
}

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly optional: boolean }
  | { readonly kind: 'rest'; readonly name: string };

/**
 * Compiles a template such as `transactions/{id}`, `items/{id?}` or `{*path}`. Literals match in any case, as
 * in ASP.NET Core. Constraints (`{id:int}`) are not understood.
 * @throws RangeError for a template that is not understood
 */
export function compileRoute(template: string): Route {
  const segments = template === '' ? [] : template.split('/').map(readSegment);
  return {
    precedence: segments.map(({ kind }) => ({ literal: 'a', parameter: 'b', rest: 'c' })[kind]).join(''),
    match: (path) => {
      const given = path === '' ? [] : path.split('/');
      const params: Record<string, string> = {};
      for (const [index, segment] of segments.entries()) {
        const value = given[index];
        if (segment.kind === 'rest') {
          const rest = given.slice(index).map(decodeSegment).join('/');
          // The host leaves out a parameter that has no value.
          if (rest !== '') params[segment.name] = rest;
          return params;
        }
        if (segment.kind === 'literal') {
          if (value === undefined || decodeSegment(value).toLowerCase() !== segment.text) return undefined;
        } else if (value !== undefined && value !== '') {
          params[segment.name] = decodeSegment(value);
        } else if (!segment.optional) {
          return undefined;
        }
      }
      return given.length > segments.length ? undefined : params;
    },
  };
}

function readSegment(text: string, index: number, all: readonly string[]): Segment {
  const [, star, name, optional] = /^\{(\*{0,2})(\w+)(\??)\}$/.exec(text) ?? [];
  if (name === undefined) {
    if (/[{}]/.test(text)) throw new RangeError(`The route segment "${text}" is not understood.`);
    return { kind: 'literal', text: text.toLowerCase() };
  }
  if (star === '') return { kind: 'parameter', name, optional: optional === '?' };
  if (index < all.length - 1) throw new RangeError(`"${text}" must be the last segment of a route.`);
  return { kind: 'rest', name };
}

/** Kestrel decodes a path but for %2F, and leaves alone what is not UTF-8. */
function decodeSegment(segment: string): string {
  return segment
    .split(/(%2f)/i)
    .map((part) => {
      if (/^%2f$/i.test(part)) return part;
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join('');
}
