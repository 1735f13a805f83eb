/**
 * What Terraform gives the functions of a cell on AWS, without a key, as far as a process that starts needs it. There is
 * nothing behind any of it.
 */
export const sampleAwsEnvironment: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TWINLOG_CELL: 'aws-us-east-1',
  TWINLOG_PEERS: 'azure-eastus',
  TWINLOG_PEER_URLS: 'azure-eastus=https://azure.example.com',
  TWINLOG_RECEIVE_ISSUER: 'https://login.microsoftonline.com/tenant/v2.0',
  TWINLOG_RECEIVE_AUDIENCE: 'application',
  TWINLOG_RECEIVE_SUBJECTS: 'event-grid',
  TWINLOG_PEER_SUBJECTS: 'azure-eastus',
  TWINLOG_TOKEN_ISSUER: 'https://login.example.com/',
  TWINLOG_TOKEN_AUDIENCE: 'https://api.example.com',
  TWINLOG_TOKEN_KEYS: 'https://login.example.com/keys',
  TWINLOG_INBOUND_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/inbound',
  TWINLOG_AZURE_TENANT_ID: 'tenant',
  TWINLOG_AZURE_CLIENT_ID: 'client',
  EVENT_GRID_ENDPOINT: 'https://topic-0.example.com/api/events,https://topic-1.example.com/api/events',
  NODE_OPTIONS: '--enable-source-maps',
};
