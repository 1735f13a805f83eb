import type { TokenCredential } from '@azure/identity';
import { required } from '../settings.ts';
import { whenNeeded } from '../when-needed.ts';

/**
 * What a federated credential in Entra expects as the audience of the token that is exchanged.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
 */
const exchangeAudience = 'api://AzureADTokenExchange';

/** How long the token from AWS holds, in seconds: it is exchanged at once. */
const assertionSeconds = 300;

/**
 * Azure for an AWS role, without any secret: STS signs a token for this function's role (`sts:GetWebIdentityToken`,
 * which the account must have enabled, and the role be allowed), and Entra takes that in place of a client secret of
 * the user-assigned identity whose federated credential names the role. `TWINLOG_AZURE_TENANT_ID` and
 * `TWINLOG_AZURE_CLIENT_ID` say which.
 */
export function entraByRole(variables: Readonly<Record<string, string | undefined>>): TokenCredential {
  const tenant = required(variables, 'TWINLOG_AZURE_TENANT_ID');
  const client = required(variables, 'TWINLOG_AZURE_CLIENT_ID');
  // Loaded with the first token that is asked for: together they take longer than the rest of a cold start.
  const credential = whenNeeded(async () => {
    const [{ GetWebIdentityTokenCommand, STSClient }, { ClientAssertionCredential }] = await Promise.all([
      import('@aws-sdk/client-sts'),
      import('@azure/identity'),
    ]);
    const sts = new STSClient({});
    return new ClientAssertionCredential(tenant, client, async () => {
      const { WebIdentityToken } = await sts.send(
        new GetWebIdentityTokenCommand({
          Audience: [exchangeAudience],
          SigningAlgorithm: 'RS256',
          DurationSeconds: assertionSeconds,
        }),
      );
      return required({ WebIdentityToken }, 'WebIdentityToken');
    });
  });
  return { getToken: async (scopes, options) => (await credential()).getToken(scopes, options) };
}
