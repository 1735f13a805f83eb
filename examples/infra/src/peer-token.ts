import type { TokenCredential } from '@azure/identity';
import type { CellSettings } from './settings.ts';

/**
 * How a cell shows its peers who it is: a token for the application that they all expect (`TWINLOG_RECEIVE_AUDIENCE`). None
 * where cells know each other by shared keys. Tokens are kept by the credential until shortly before they end.
 */
export function peerTokenFrom(
  { receiveTokens }: CellSettings,
  credential: () => TokenCredential,
): { readonly peerToken?: () => Promise<string> } {
  if (receiveTokens === undefined) return {};
  let made: TokenCredential | undefined;
  return {
    peerToken: async () => {
      made ??= credential();
      const token = await made.getToken(`${receiveTokens.audience}/.default`);
      if (token === null) throw new Error(`There is no token for ${receiveTokens.audience}.`);
      return token.token;
    },
  };
}
