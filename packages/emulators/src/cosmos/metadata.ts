import type { Account } from './account.ts';
import { type Answer, Refused } from './answer.ts';
import type { Container } from './container.ts';
import { type JsonObject, parseJson } from './json.ts';
import type { CosmosRequest } from './request.ts';

/** Answers everything that is not about items: the account, databases, containers and partition key ranges. */
export function answerMetadata(account: Account, endpoint: string, request: CosmosRequest): Answer {
  const [, database = '', , container = ''] = request.segments;
  const route = `${request.method} ${request.segments.map((part, at) => (at % 2 === 0 ? part : '*')).join('/')}`;
  switch (route) {
    case 'GET ':
      return ok(200, accountResource(endpoint));
    case 'GET dbs':
      return feed(
        'Databases',
        account.databases().map(({ resource }) => resource),
        '',
      );
    case 'POST dbs':
      refuseQuery(request);
      return ok(201, account.createDatabase(parseJson(request.body)).resource);
    case 'GET dbs/*':
      return ok(200, account.database(database).resource);
    case 'DELETE dbs/*':
      account.deleteDatabase(database);
      return { status: 204, charge: 1 };
    case 'GET dbs/*/colls': {
      const { containers, resource } = account.database(database);
      return feed(
        'DocumentCollections',
        [...containers.values()].map((each) => each.resource),
        String(resource._rid),
      );
    }
    case 'POST dbs/*/colls':
      refuseQuery(request);
      return ok(201, account.createContainer(database, parseJson(request.body)).resource);
    case 'GET dbs/*/colls/*':
      return ok(200, account.container(database, container, 'container').resource);
    case 'PUT dbs/*/colls/*':
      return ok(200, account.replaceContainer(database, container, parseJson(request.body)).resource);
    case 'DELETE dbs/*/colls/*':
      account.deleteContainer(database, container);
      return { status: 204, charge: 1 };
    case 'GET dbs/*/colls/*/pkranges':
      return partitionKeyRanges(account.container(database, container, 'inside'));
    default:
      throw new Refused(405, `The Cosmos DB stand-in does not implement ${route}.`);
  }
}

function ok(status: number, resource: JsonObject): Answer {
  const etag = resource._etag;
  const headers: Record<string, string> = typeof etag === 'string' ? { etag } : {};
  return { status, headers, body: JSON.stringify(resource), charge: status === 201 ? 4.95 : 1 };
}

function feed(name: string, resources: readonly JsonObject[], rid: string): Answer {
  const body = JSON.stringify({ _rid: rid, [name]: resources, _count: resources.length });
  return { status: 200, headers: { 'x-ms-item-count': String(resources.length) }, body, charge: 1 };
}

function partitionKeyRanges(container: Container): Answer {
  const ranges = container.physical.map(({ id, minInclusive, maxExclusive, lsn }) => ({
    _rid: container.rid,
    id,
    _etag: `"${container.rid}-${id}"`,
    minInclusive,
    maxExclusive,
    ridPrefix: Number(id),
    _self: `${String(container.resource._self)}pkranges/${id}/`,
    throughputFraction: 1 / container.physical.length,
    status: 'online',
    parents: [],
    lsn,
  }));
  const answer = feed('PartitionKeyRanges', ranges, container.rid);
  return { ...answer, headers: { ...answer.headers, etag: `"${container.rid}-ranges"` } };
}

function accountResource(endpoint: string): JsonObject {
  const locations = [{ name: 'Loopback', databaseAccountEndpoint: endpoint }];
  return {
    _self: '',
    id: 'stand-in',
    _rid: 'stand-in.documents.azure.com',
    media: '//media/',
    addresses: '//addresses/',
    _dbs: '//dbs/',
    writableLocations: locations,
    readableLocations: locations,
    enableMultipleWriteLocations: false,
    userReplicationPolicy: { asyncReplication: false, minReplicaSetSize: 3, maxReplicasetSize: 4 },
    userConsistencyPolicy: { defaultConsistencyLevel: 'Strong' },
    systemReplicationPolicy: { minReplicaSetSize: 3, maxReplicasetSize: 4 },
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: '{"maxSqlQueryInputLength":262144}',
  };
}

function refuseQuery(request: CosmosRequest): void {
  if (request.headers['x-ms-documentdb-isquery'] === undefined) return;
  throw new Refused(
    400,
    'The Cosmos DB stand-in does not query databases or containers: read them all instead.',
  );
}
