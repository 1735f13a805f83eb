/** The SDK's client by itself, bundled alike: what any Lambda on DynamoDB loads. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export const client: DynamoDBDocumentClient = DynamoDBDocumentClient.from(
  new DynamoDBClient({ region: 'us-east-1' }),
);
