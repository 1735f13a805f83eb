import { hash } from 'node:crypto';
import {
  type Container,
  type ContainerDefinition,
  PartitionKeyDefinitionVersion,
  PartitionKeyKind,
} from '@azure/cosmos';
import { type Contribution, type ContributionStore, StoreUnavailableError } from '@twinlog/core';
import { faultOf, statusOf } from './fault.ts';

const strong = { consistencyLevel: 'Strong' } as const;

/** A row of account totals as a document. Sums are text: minor units may exceed what a JSON number holds exactly. */
interface ContributionDocument {
  /** A hash of the stream, whose own id may have characters that an id of Cosmos DB may not. */
  readonly id: string;
  /** The partition key. */
  readonly account: string;
  readonly stream: string;
  readonly version: string;
  readonly currency: string;
  readonly authorised: string;
  readonly captured: string;
  readonly refunded: string;
  readonly _etag?: string;
}

/**
 * The container of account totals: one document for each transaction, of some 300 bytes. It needs no backup: what is
 * in it can be rebuilt from the log.
 */
export function contributionsContainerDefinition(container: string): ContainerDefinition {
  return {
    id: container,
    partitionKey: {
      paths: ['/account'],
      kind: PartitionKeyKind.Hash,
      version: PartitionKeyDefinitionVersion.V2,
    },
    indexingPolicy: {
      automatic: true,
      indexingMode: 'consistent',
      includedPaths: [{ path: '/account/?' }],
      excludedPaths: [{ path: '/*' }],
    },
  };
}

/** The parts of account totals on one container, that of `contributionsContainerDefinition`. */
export function createCosmosContributions({
  container,
}: {
  /** Its client is made, configured and disposed of by the caller. */
  readonly container: Container;
}): ContributionStore {
  async function ask<Answer>(operation: string, act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act();
    } catch (error) {
      throw faultOf(error, operation, container.id);
    }
  }

  return {
    find: (account, stream) =>
      ask('find', async () => {
        const { resource } = await container.item(idOf(stream), account).read<ContributionDocument>(strong);
        if (resource === undefined) return undefined;
        const { _etag: revision } = resource;
        if (revision === undefined)
          throw new StoreUnavailableError('Cosmos DB answered without an etag. Send the same request again.');
        return { contribution: decode(resource), revision };
      }),

    keep: (contribution, revision) =>
      ask('keep', async () => {
        const document = encode(contribution);
        try {
          if (revision === undefined) await container.items.create(document);
          else {
            const accessCondition = { type: 'IfMatch', condition: revision };
            await container.item(document.id, document.account).replace(document, { accessCondition });
          }
          return true;
        } catch (error) {
          const status = statusOf(error);
          // 404: the row that was seen is gone, as after a restore; to a new row it says that the container is.
          const isOvertaken = status === 409 || status === 412 || (status === 404 && revision !== undefined);
          if (isOvertaken) return false;
          throw error;
        }
      }),

    list: (account) =>
      ask('list', async () => {
        const rows = container.items.query<ContributionDocument>('SELECT * FROM c', {
          ...strong,
          partitionKey: account,
        });
        const { resources } = await rows.fetchAll();
        return resources.map(decode);
      }),
  };
}

function idOf(stream: string): string {
  return hash('sha256', stream, 'base64url');
}

function encode({
  authorised,
  captured,
  refunded,
  account,
  stream,
  version,
  currency,
}: Contribution): ContributionDocument {
  return {
    id: idOf(stream),
    account,
    stream,
    version,
    currency,
    authorised: String(authorised),
    captured: String(captured),
    refunded: String(refunded),
  };
}

function decode({ account, stream, version, currency, ...sums }: ContributionDocument): Contribution {
  return {
    account,
    stream,
    version,
    currency,
    authorised: BigInt(sums.authorised),
    captured: BigInt(sums.captured),
    refunded: BigInt(sums.refunded),
  };
}
