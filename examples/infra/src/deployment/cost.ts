/**
 * What a matrix costs in a month, by list prices of us-east-1 and East US in US dollars, without free tiers, support, tax
 * and traffic out of a cloud to clients. Prices change: they are here to be changed.
 */
export const prices = {
  gatewayPerMillion: 1.0, // API Gateway, HTTP API, first 300 million
  lambdaPerMillion: 0.2,
  lambdaPerGbSecond: 0.0000133334, // arm64
  dynamoWritePerMillion: 0.625, // on demand, standard class
  dynamoReadPerMillion: 0.125,
  dynamoGbMonth: 0.25,
  dynamoBackupGbMonth: 0.2, // point-in-time recovery
  sqsPerMillion: 0.4,
  schedulerPerMillion: 1.0,
  cloudWatchGb: 0.5,
  alarmMonth: 0.1,
  dashboardMonth: 3.0,
  healthCheckMonth: 6.75, // an endpoint outside EC2 0.75; https, fast interval and latency 2.00 each
  zoneMonth: 0.5,
  awsTrafficGb: 0.09, // out of AWS, to Azure
  apimPerMillion: 3.5, // Consumption
  apimStandardMonth: 700, // a unit of Standard v2
  apimStandardMillions: 50, // of requests, in that price
  apimStandardPerMillion: 2.5, // beyond them
  functionsPerMillion: 0.4, // Flex Consumption, on demand
  functionsPerGbSecond: 0.000026,
  cosmosPerMillionUnits: 0.25, // serverless
  cosmosPer100UnitsHour: 0.012, // autoscale, by the highest second of each hour, a tenth of the maximum at least
  cosmosGbMonth: 0.25,
  eventGridPerMillion: 0.6, // an operation: an event taken, or an attempt to deliver one
  trafficManagerEndpointMonth: 2.54, // external: 0.54, and 2.00 for the interval of 10 s
  trafficManagerPerMillionQueries: 0.54,
  logAnalyticsGb: 2.3,
  alertRuleMonth: 0.1, // a metric alert; a log query every 5 minutes is 1.50
  logAlertRuleMonth: 1.5,
  azureTrafficGb: 0.087, // out of Azure, to AWS
} as const;

export interface Usage {
  readonly requestsPerSecond: number;
  readonly awsCells: number;
  readonly azureCells: number;
}

/** What is taken for granted: of 100 requests, how many write; sizes; how long things take. */
export const usage = {
  secondsInAMonth: 2_628_000, // a twelfth of a year
  writing: 0.8,
  eventKilobytes: 1.024,
  lambdaGb: 1,
  commandSeconds: 0.05,
  functionGb: 2,
  functionRequestsAtATime: 4,
  eventsInABatch: 20,
  logKilobytes: 0.5,
  resolversInAMonth: 50_000_000, // queries at 100 requests/s from many networks; a cache in between answers most clients
  sweepsInAMonth: 43_800,
  azureSweepsInAMonth: 87_600,
  keptMonths: 1,
} as const;

/** Request units of an event, written and handed on by the feed, and of the read before a command. */
const unitsOfAnEvent = 7 + 1;
const unitsOfARead = 6;

export interface CostLine {
  readonly cloud: 'aws' | 'azure';
  readonly what: string;
  readonly dollars: number;
}

/** The month's lines, those of one cloud's cells together. */
export function monthlyCost({ requestsPerSecond, awsCells, azureCells }: Usage): readonly CostLine[] {
  const cells = awsCells + azureCells;
  const million = 1_000_000;
  const requests = requestsPerSecond * usage.secondsInAMonth;
  const events = requests * usage.writing;
  const gigabytes = (events * usage.eventKilobytes * usage.keptMonths) / million;
  const awsShare = awsCells / cells;
  const azureShare = azureCells / cells;
  const fromAws = events * awsShare;
  const line = (cloud: CostLine['cloud'], what: string, dollars: number): CostLine => ({
    cloud,
    what,
    dollars,
  });
  const logGb = (requests * usage.logKilobytes) / million;
  const lambdaSeconds = requests * awsShare * usage.commandSeconds * usage.lambdaGb;
  const functionSeconds =
    ((requests * azureShare * usage.commandSeconds) / usage.functionRequestsAtATime) * usage.functionGb;

  return [
    line('aws', 'API Gateway', (requests * awsShare * prices.gatewayPerMillion) / million),
    line(
      'aws',
      'Lambda: api, relay, receive, sweep, reconcile',
      ((requests * awsShare + (2 * events) / usage.eventsInABatch + usage.sweepsInAMonth * awsCells) *
        prices.lambdaPerMillion) /
        million +
        (lambdaSeconds * 1.5 + usage.sweepsInAMonth * awsCells * 0.5) * prices.lambdaPerGbSecond,
    ),
    line(
      'aws',
      'DynamoDB: writes of every event, reads of own commands',
      awsCells * ((events * 2.3 * prices.dynamoWritePerMillion) / million) +
        (requests * awsShare * prices.dynamoReadPerMillion) / million +
        (usage.sweepsInAMonth * awsCells * 8 * prices.dynamoReadPerMillion) / million,
    ),
    line(
      'aws',
      'DynamoDB: storage and backup of the month',
      awsCells * gigabytes * (prices.dynamoGbMonth * 1.4 + prices.dynamoBackupGbMonth),
    ),
    line(
      'aws',
      'SQS and Scheduler',
      (awsCells * ((events - fromAws / awsCells) / usage.eventsInABatch) * 3 * prices.sqsPerMillion) /
        million +
        (awsCells * 46_720 * prices.schedulerPerMillion) / million,
    ),
    line(
      'aws',
      'CloudWatch: logs, 12 alarms a cell, dashboards',
      logGb * awsShare * prices.cloudWatchGb + awsCells * (12 * prices.alarmMonth + prices.dashboardMonth),
    ),
    line('aws', 'Route 53: zone, health checks', prices.zoneMonth + awsCells * prices.healthCheckMonth),
    line('aws', 'traffic to Event Grid', (fromAws * usage.eventKilobytes * prices.awsTrafficGb) / million),
    line('azure', 'API Management', (requests * azureShare * prices.apimPerMillion) / million),
    line(
      'azure',
      'Functions: api, relay, receive, timers',
      ((requests * azureShare +
        (events * azureCells) / usage.eventsInABatch +
        usage.azureSweepsInAMonth * azureCells) *
        prices.functionsPerMillion) /
        million +
        (functionSeconds * 1.5 + usage.azureSweepsInAMonth * azureCells * 0.5 * usage.functionGb) *
          prices.functionsPerGbSecond,
    ),
    line(
      'azure',
      'Cosmos DB: writes of every event, reads of own commands, feed',
      ((azureCells * events * unitsOfAnEvent + requests * azureShare * unitsOfARead) *
        prices.cosmosPerMillionUnits) /
        million,
    ),
    line('azure', 'Cosmos DB: storage of the month', azureCells * gigabytes * prices.cosmosGbMonth),
    line(
      'azure',
      'Event Grid: every event once in and once out to each other cell',
      (events * cells * prices.eventGridPerMillion) / million,
    ),
    line(
      'azure',
      'Traffic Manager and DNS',
      cells * prices.trafficManagerEndpointMonth +
        prices.zoneMonth +
        (((usage.resolversInAMonth * requestsPerSecond) / 100) * prices.trafficManagerPerMillionQueries) /
          million,
    ),
    line(
      'azure',
      'Monitor: logs, alerts',
      logGb * azureShare * prices.logAnalyticsGb +
        (3 + cells * 4) * prices.alertRuleMonth +
        azureCells * (2 * prices.alertRuleMonth + 4 * prices.logAlertRuleMonth),
    ),
    line(
      'azure',
      'traffic to AWS',
      (events * awsCells * usage.eventKilobytes * prices.azureTrafficGb) / million,
    ),
  ];
}

/**
 * From which steady rate on what is provisioned costs less than what is paid by use, in requests a second: of one gateway's own
 * for a unit of Standard v2; of a pair of cells for autoscale, whose two small containers cost their least all the while.
 */
export function cheaperFrom(): { readonly standardGateway: number; readonly autoscale: number } {
  const million = 1_000_000;
  const { secondsInAMonth, writing } = usage;
  const included = prices.apimStandardMonth - prices.apimStandardMillions * prices.apimStandardPerMillion;
  const millions = included / (prices.apimPerMillion - prices.apimStandardPerMillion);
  const serverless = (secondsInAMonth * prices.cosmosPerMillionUnits) / million;
  const provisioned = ((secondsInAMonth / 3_600) * prices.cosmosPer100UnitsHour) / 100;
  const besides = 2 * 100 * provisioned;
  const units = writing * unitsOfAnEvent + unitsOfARead / 2;
  return {
    standardGateway: (millions * million) / secondsInAMonth,
    autoscale: besides / (units * (serverless - provisioned)),
  };
}
