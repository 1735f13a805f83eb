/** The API of an AWS cell and nothing else, as Lambda loads it: store, service, HTTP API, bearer tokens. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { apiGateway, bearerTokens, createHttpApi } from '@twinlog/adapters';
import { createService, systemRuntime, transaction } from '@twinlog/core';
import { createDynamoDbEventStore } from '@twinlog/store-dynamodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const store = createDynamoDbEventStore({ client, table: 'twinlog', now: Date.now });
const runtime = systemRuntime;
const service = createService({
  aggregate: transaction,
  store,
  origin: 'aws-us-east-1.1',
  assignment: '1.aws-us-east-1',
  runtime,
});
const keys = new URL('https://login.example.com/keys');
const authenticate = bearerTokens({
  issuer: 'https://login.example.com/',
  audience: 'twinlog',
  algorithms: ['RS256'],
  keys,
});

export const handler: ReturnType<typeof apiGateway> = apiGateway(
  createHttpApi({ service, store, runtime, authenticate }),
);
