/**
 * Which limit a matrix of cells meets first. Every cell stores every event, so writes do not spread over cells as
 * requests do: an event is decided once and stored as often as there are cells.
 */

export interface Load {
  /** Requests a second that all clients make together; each decides one event. They spread evenly over the cells. */
  readonly requests: number;
  readonly awsCells: number;
  readonly azureCells: number;
}

/** The variables of the Terraform configuration that move a limit. */
export interface Sizing {
  /** `topics_per_cell` */
  readonly topicsPerCell: number;
  /** `relay_parallelization` */
  readonly relayParallelization: number;
  /** `cosmos`: request units a second where it is `autoscale`, none where it is serverless. */
  readonly cosmosMaxThroughput?: number;
  /** `function_app.max_instances` of the module azure-cell. */
  readonly functionInstances: number;
  /** What AWS granted of the gateway's quota, requests a second in a region. */
  readonly gatewayQuota: number;
  /** What AWS granted of Lambda's concurrency in a region. */
  readonly lambdaConcurrency: number;
}

export const defaultSizing: Sizing = {
  topicsPerCell: 1,
  relayParallelization: 2,
  functionInstances: 100,
  gatewayQuota: 10_000,
  lambdaConcurrency: 1_000,
};

/** What is taken for granted. Measured here where it says so, estimated where it does not. */
export const assumptions = {
  /** An event on the wire, in bytes: an ordinary transaction event, ids up to 36 characters. */
  wireBytes: 1_024,
  /** How long a command takes in a function, in seconds. Estimate: no function has run in a cloud yet. */
  commandSeconds: 0.05,
  /** How long the relay takes for a batch of 100, in seconds. Estimate: one publish request across regions. */
  relayBatchSeconds: 0.25,
  relayBatch: 100,
  /** Write units of a create: the table, `by-time` and `by-account`. Asserted by packages/store-dynamodb. */
  writeUnits: 3,
  /** Request units of a write, of a query of a short stream under Strong consistency. Estimates of packages/store-cosmos. */
  cosmosWrite: 7,
  cosmosRead: 6,
  /** Documents that the trigger hands on in a second from one partition. Estimate: pages of 100 in 0.2 s. */
  feedDocuments: 500,
} as const;

export interface Limit {
  readonly cloud: 'aws' | 'azure' | 'both';
  readonly name: string;
  /** What the load asks for, and what there is, in the limit's own unit a second. */
  readonly asked: number;
  readonly there: number;
  readonly unit: string;
  /** How many times the load may grow before the limit is met; below 1 it is exceeded. */
  readonly headroom: number;
  readonly source: string;
  readonly movedBy: string;
}

/** Every limit, the one that is met first in front. */
export function limits(load: Load, sizing: Sizing = defaultSizing): readonly Limit[] {
  const cells = load.awsCells + load.azureCells;
  const own = load.requests / cells;
  const partitions = Math.max(4, Math.ceil(load.requests / 1_000));
  const cosmosPartitions = Math.max(1, Math.ceil((sizing.cosmosMaxThroughput ?? 0) / 10_000));
  const rows: readonly Omit<Limit, 'headroom'>[] = [
    {
      cloud: 'aws',
      name: 'API Gateway, requests',
      asked: own,
      there: sizing.gatewayQuota,
      unit: 'requests',
      source: 'API Gateway quotas: throttle quota per account, per Region',
      movedBy: 'a quota increase; another region',
    },
    {
      cloud: 'aws',
      name: 'Lambda, concurrency of the api',
      asked: own * assumptions.commandSeconds,
      there: sizing.lambdaConcurrency,
      unit: 'at a time',
      source: 'Lambda quotas: concurrent executions, 1,000 in a Region by default',
      movedBy: 'a quota increase; another region',
    },
    {
      cloud: 'aws',
      name: 'DynamoDB, write units of the table and its indexes',
      asked: load.requests * assumptions.writeUnits,
      there: 40_000,
      unit: 'units',
      source: 'DynamoDB quotas: per table, on demand, 40,000 write request units',
      movedBy: 'a quota increase. More cells do not help: each stores everything',
    },
    {
      cloud: 'aws',
      name: 'DynamoDB, index by-time of one origin',
      asked: own,
      there: 8_000,
      unit: 'events',
      source: 'packages/store-dynamodb: 8 buckets an origin × 1,000 write units of a partition',
      movedBy: 'another cell: its origin has buckets of its own',
    },
    {
      cloud: 'aws',
      name: 'Relay on the stream: shards × parallelisation × batch ÷ time of a batch',
      asked: own,
      there:
        (partitions * sizing.relayParallelization * assumptions.relayBatch) / assumptions.relayBatchSeconds,
      unit: 'events',
      source: 'Lambda with DynamoDB: parallelisation factor 1 to 10; a shard for each partition',
      movedBy: 'relay_parallelization',
    },
    {
      cloud: 'both',
      name: 'Event Grid, events of a topic',
      asked: own / sizing.topicsPerCell,
      there: 5_000,
      unit: 'events',
      source: 'Event Grid quotas: publish rate of a custom topic, 5,000 events or 5 MB a second',
      movedBy: 'topics_per_cell',
    },
    {
      cloud: 'both',
      name: 'Event Grid, bytes of a topic',
      asked: (own * assumptions.wireBytes) / sizing.topicsPerCell / 1_000_000,
      there: 5,
      unit: 'MB',
      source: 'Event Grid quotas: publish rate of a custom topic, 5,000 events or 5 MB a second',
      movedBy: 'topics_per_cell',
    },
    {
      cloud: 'azure',
      name: 'Cosmos DB, request units of the container',
      asked:
        own * (assumptions.cosmosWrite + assumptions.cosmosRead) +
        (load.requests - own) * assumptions.cosmosWrite,
      there: sizing.cosmosMaxThroughput ?? 5_000,
      unit: 'request units',
      source: 'Cosmos DB serverless: 5,000 RU a second of a physical partition; autoscale: as set',
      movedBy: 'cosmos = { capacity = "autoscale", max_throughput = … }',
    },
    {
      cloud: 'azure',
      name: 'Relay on the change feed: partitions × documents',
      asked: load.requests,
      there: cosmosPartitions * assumptions.feedDocuments,
      unit: 'documents',
      source: 'Functions trigger: one instance for each lease, a lease for each partition of up to 10,000 RU',
      movedBy: 'cosmos.max_throughput: each 10,000 more is a partition, and a lease',
    },
    {
      cloud: 'azure',
      name: 'Functions, instances × requests at a time',
      asked: own * assumptions.commandSeconds,
      there: sizing.functionInstances * 16,
      unit: 'at a time',
      source:
        'Flex Consumption: 16 requests at a time in an instance of 2,048 MB; 250 such instances in a region',
      movedBy: 'function_app.max_instances, and a quota increase above 250',
    },
  ];
  const among = rows.filter(
    ({ cloud }) => (cloud !== 'aws' || load.awsCells > 0) && (cloud !== 'azure' || load.azureCells > 0),
  );
  return among
    .map((row) => ({ ...row, headroom: row.asked === 0 ? Number.POSITIVE_INFINITY : row.there / row.asked }))
    .sort((one, other) => one.headroom - other.headroom);
}

/** The smallest variables under which no limit that they move is exceeded. What else is exceeded stays so. */
export function sizeFor(load: Load): Sizing {
  let sizing: Sizing = { ...defaultSizing };
  const exceeded = (name: string): number => {
    const limit = limits(load, sizing).find((row) => row.name.startsWith(name));
    return limit === undefined ? 0 : limit.asked / limit.there;
  };
  const topics = Math.max(exceeded('Event Grid, events'), exceeded('Event Grid, bytes'));
  sizing = { ...sizing, topicsPerCell: Math.min(16, Math.max(1, Math.ceil(topics))) };
  const relay = exceeded('Relay on the stream') * sizing.relayParallelization;
  sizing = { ...sizing, relayParallelization: Math.min(10, Math.max(2, Math.ceil(relay))) };
  const units = limits(load, sizing).find((row) => row.name.startsWith('Cosmos DB'));
  if (units !== undefined && units.asked > units.there) {
    const forUnits = Math.ceil(units.asked / 1_000) * 1_000;
    const forFeed = Math.ceil(load.requests / assumptions.feedDocuments) * 10_000;
    sizing = { ...sizing, cosmosMaxThroughput: Math.max(forUnits, forFeed) };
  }
  return sizing;
}
