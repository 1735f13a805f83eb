import type { TransactionCommand } from '@twinlog/core';

/** What a path names. */
export type Route =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'command';
      readonly command: Exclude<TransactionCommand['type'], 'create'>;
      readonly id: string;
    }
  | { readonly kind: 'transaction'; readonly id: string }
  | { readonly kind: 'events'; readonly id: string }
  /** `account` is undefined where the path is not percent-encoded UTF-8. */
  | { readonly kind: 'account'; readonly account: string | undefined }
  | { readonly kind: 'health' }
  | { readonly kind: 'healthDetail' }
  | { readonly kind: 'openApi' };

/**
 * The route of a path, undefined where there is none. An account's id may have slashes, encoded or not: some
 * gateways hand the path on decoded, and the answer must not depend on it.
 */
export function routeOf(pathname: string): Route | undefined {
  if (pathname === '/transactions') return { kind: 'create' };
  const account = /^\/accounts\/(.+)\/transactions$/.exec(pathname)?.[1];
  if (account !== undefined) return { kind: 'account', account: decode(account) };
  const [, root, id, action, ...rest] = (decode(pathname) ?? '').split('/');
  if (rest.length > 0) return undefined;
  if (root === 'health' && id === undefined) return { kind: 'health' };
  if (root === 'health' && id === 'detail' && action === undefined) return { kind: 'healthDetail' };
  if (root === 'openapi.json' && id === undefined) return { kind: 'openApi' };
  if (root !== 'transactions') return undefined;
  if (id === undefined) return { kind: 'create' };
  if (id === '') return undefined;
  switch (action) {
    case undefined:
      return { kind: 'transaction', id };
    case 'events':
      return { kind: 'events', id };
    case 'capture':
    case 'void':
    case 'decline':
    case 'expire':
    case 'refund':
      return { kind: 'command', command: action, id };
    default:
      return undefined;
  }
}

/** The methods of a route, as the header `Allow` lists them. */
export function methodsOf({ kind }: Route): readonly string[] {
  return kind === 'create' || kind === 'command' ? ['POST', 'OPTIONS'] : ['GET', 'HEAD', 'OPTIONS'];
}

/** A percent sign that encodes nothing stands for itself: gateways that decode leave such behind. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, '%25'));
  } catch {
    return undefined;
  }
}
