import { randomBytes } from 'node:crypto';
import { sharedKeyHeader } from '@twinlog/bridge';
import type { DueCompensation, Policy } from '@twinlog/core';
import {
  type Entra,
  failoverBudgetSeconds,
  startTrafficManager,
  type TrafficManager,
} from '@twinlog/emulators';
import { startAwsCell } from './aws-cell.ts';
import { startAzureCell } from './azure-cell.ts';
import type { Environment, LocalCell, Replicated } from './local-cell.ts';
import { startTopic, type Topic } from './topic.ts';

/** Traffic Manager's algorithm on a short clock, and what the cloud's own shortest clock comes to. */
const timing = { intervalMs: 1_000, timeoutMs: 500, toleratedFailures: 1, ttlSeconds: 1 };
const cloudTiming = { intervalMs: 10_000, timeoutMs: 5_000, toleratedFailures: 1, ttlSeconds: 10 };

/** How old a conflict is when its home settles it: by then, with both cells up, nothing older is under way. */
const settleAfterSeconds = 0.5;

/** Both cells, both bridges and the router, running. */
export interface Matrix {
  readonly policy: Policy;
  readonly aws: LocalCell;
  readonly azure: LocalCell;
  /** The key that operators show to both cells; nobody's where there are no keys. */
  readonly operatorKey: string;
  /** The keys that senders of events show to each cell. */
  readonly receiveKeys: { readonly aws: string; readonly azure: string };
  readonly router: Pick<TrafficManager, 'url' | 'name' | 'status' | 'choose'>;
  /** The way that each cell's events take to the other. */
  readonly links: { readonly awsToAzure: Topic; readonly azureToAws: Topic };
  /** The worst case from an outage to the last client's leaving, in seconds: here, and in the cloud. */
  readonly budgetSeconds: number;
  readonly cloudBudgetSeconds: number;
  /** Every event replicated so far. */
  readonly replicated: {
    readonly awsToAzure: readonly Replicated[];
    readonly azureToAws: readonly Replicated[];
  };
  /** Every compensation carried out so far, by idempotency key: the payment provider of this machine. */
  readonly compensations: ReadonlyMap<string, DueCompensation>;
  readonly stop: () => Promise<void>;
}

const awsName = 'aws-us-east-1';
const azureName = 'azure-eastus';

/** The applications that tokens are for, and the principals that deliver and operate, where there are no keys. */
export const replicationAudience = 'the-replication-application';
export const operationsAudience = 'the-operations-application';
const eventGridSubject = 'event-grid';

/**
 * Starts everything on free loopback ports. Keys are made for this run and end with it; with a tenant there are none, and
 * cells, Event Grid and operators are known by their tokens, as in a deployment by the Terraform.
 */
export async function startMatrix(policy: Policy, entra?: Entra): Promise<Matrix> {
  const forwardKey = randomBytes(24).toString('base64url');
  const awsKey = randomBytes(24).toString('base64url');
  const azureKey = randomBytes(24).toString('base64url');
  const awsToAzure: Replicated[] = [];
  const azureToAws: Replicated[] = [];
  const compensations = new Map<string, DueCompensation>();
  const compensate = async (due: DueCompensation) => void compensations.set(due.idempotencyKey, due);
  const urls = new Map([awsName, azureName].map((name) => [name, Promise.withResolvers<string>()]));
  const environment =
    (cell: string, peer: string, receiveKey: string): Environment =>
    async (url) => {
      urls.get(cell)?.resolve(url);
      return {
        TWINLOG_CELL: cell,
        TWINLOG_PEERS: peer,
        ...(entra
          ? {
              TWINLOG_RECEIVE_ISSUER: entra.issuer,
              TWINLOG_RECEIVE_AUDIENCE: replicationAudience,
              TWINLOG_RECEIVE_SUBJECTS: eventGridSubject,
              TWINLOG_PEER_SUBJECTS: peer,
              TWINLOG_RECEIVE_KEYS_URL: entra.keysUrl,
              TWINLOG_OPERATOR_ISSUER: entra.issuer,
              TWINLOG_OPERATOR_AUDIENCE: operationsAudience,
              TWINLOG_OPERATOR_KEYS_URL: entra.keysUrl,
            }
          : { TWINLOG_RECEIVE_KEYS: receiveKey, TWINLOG_FORWARD_KEYS: forwardKey }),
        TWINLOG_POLICY: policy,
        TWINLOG_PEER_URLS: `${peer}=${await urls.get(peer)?.promise}`,
        TWINLOG_SETTLE_AFTER_SECONDS: String(settleAfterSeconds),
        TWINLOG_AUTHENTICATION: 'off',
      };
    };

  const tokenOf = (subject: string) => entra?.token({ audience: replicationAudience, subject });
  const peerToken = (cell: string) => (entra ? async () => tokenOf(cell) ?? '' : undefined);
  const delivering = (key: string): Readonly<Record<string, string>> =>
    entra ? { authorization: `Bearer ${tokenOf(eventGridSubject)}` } : { [sharedKeyHeader]: key };
  const [fromAws, fromAzure] = await Promise.all([startTopic(), startTopic()]);
  const [aws, azure] = await Promise.all([
    startAwsCell({
      variables: environment(awsName, azureName, awsKey),
      compensate,
      peerToken: peerToken(awsName),
      topic: fromAws,
      onReplicated: (event) => azureToAws.push(event),
    }),
    startAzureCell({
      variables: environment(azureName, awsName, azureKey),
      compensate,
      peerToken: peerToken(azureName),
      topic: fromAzure,
      onReplicated: (event) => awsToAzure.push(event),
    }),
  ]);
  await Promise.all([
    fromAws.deliverTo(azure, delivering(azureKey)),
    fromAzure.deliverTo(aws, delivering(awsKey)),
  ]);
  const { ttlSeconds, ...probing } = timing;
  const router = await startTrafficManager({
    endpoints: [
      { name: awsName, target: aws.url, location: 'us-east-1' },
      { name: azureName, target: azure.url, location: 'eastus' },
    ],
    monitor: { path: '/health', ...probing },
    ttlSeconds,
  });

  return {
    policy,
    compensations,
    operatorKey: forwardKey,
    receiveKeys: { aws: awsKey, azure: azureKey },
    aws,
    azure,
    router,
    links: { awsToAzure: fromAws, azureToAws: fromAzure },
    budgetSeconds: failoverBudgetSeconds(timing),
    cloudBudgetSeconds: failoverBudgetSeconds(cloudTiming),
    replicated: { awsToAzure, azureToAws },
    stop: async () => {
      await router.stop();
      await Promise.all([fromAws.eventGrid.stop(), fromAzure.eventGrid.stop()]);
      await Promise.all([aws.stop(), azure.stop()]);
    },
  };
}
