import type { TokenCredential } from '@azure/identity';
import { whenNeeded } from '../when-needed.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The function app's own identity, without any secret: the user-assigned one of `AZURE_CLIENT_ID`, or
 * `COSMOS__clientId`, or else the system-assigned one.
 */
export function managedIdentity(variables: Variables): TokenCredential {
  const clientId = variables.AZURE_CLIENT_ID ?? variables.COSMOS__clientId;
  const credential = whenNeeded(async () => {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    return clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential();
  });
  return { getToken: async (scopes, options) => (await credential()).getToken(scopes, options) };
}
