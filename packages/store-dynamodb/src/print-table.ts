import type { KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { tableDefinition } from './table.ts';

export const tableFormats = ['cloudformation', 'terraform'] as const;
export type TableFormat = (typeof tableFormats)[number];

/**
 * The table as a template: with point-in-time recovery, encryption by a key in KMS and deletion protection.
 * @param format `cloudformation`: a JSON template; `terraform`: HCL for the provider `hashicorp/aws`, 5 or later.
 */
export function printTable(format: TableFormat, table: string): string {
  return format === 'terraform' ? terraform(table) : cloudFormation(table);
}

function cloudFormation(table: string): string {
  const { SSESpecification, StreamSpecification, ...definition } = tableDefinition(table);
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'The event log of one Twinlog cell.',
    Resources: {
      Events: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          ...definition,
          StreamSpecification: { StreamViewType: StreamSpecification?.StreamViewType },
          SSESpecification: { SSEEnabled: SSESpecification?.Enabled },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      },
    },
    Outputs: {
      TableArn: { Value: { 'Fn::GetAtt': ['Events', 'Arn'] } },
      StreamArn: { Value: { 'Fn::GetAtt': ['Events', 'StreamArn'] } },
    },
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

function terraform(table: string): string {
  const definition = tableDefinition(table);
  const { BillingMode, AttributeDefinitions = [], KeySchema = [], GlobalSecondaryIndexes = [] } = definition;
  const attributes = AttributeDefinitions.map(
    ({ AttributeName, AttributeType }) => `
  attribute {
    name = ${quoted(AttributeName)}
    type = ${quoted(AttributeType)}
  }
`,
  );
  const indexes = GlobalSecondaryIndexes.map(
    ({ IndexName, KeySchema: keys = [], Projection }) => `
  global_secondary_index {
    name            = ${quoted(IndexName)}
    hash_key        = ${keyIn(keys, 'HASH')}
    range_key       = ${keyIn(keys, 'RANGE')}
    projection_type = ${quoted(Projection?.ProjectionType)}
  }
`,
  );
  return `resource "aws_dynamodb_table" "events" {
  name                        = ${quoted(table)}
  billing_mode                = ${quoted(BillingMode)}
  hash_key                    = ${keyIn(KeySchema, 'HASH')}
  range_key                   = ${keyIn(KeySchema, 'RANGE')}
  stream_enabled              = true
  stream_view_type            = ${quoted(definition.StreamSpecification?.StreamViewType)}
  deletion_protection_enabled = ${definition.DeletionProtectionEnabled}
${[...attributes, ...indexes].join('')}
  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = ${definition.SSESpecification?.Enabled}
  }

  lifecycle {
    prevent_destroy = true
  }
}
`;
}

function keyIn(schema: readonly KeySchemaElement[], type: 'HASH' | 'RANGE'): string {
  return quoted(schema.find(({ KeyType }) => KeyType === type)?.AttributeName);
}

/** Text of HCL, in which `${` and `%{` begin a template. */
function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? '').replace(/[$%]\{/g, (start) => start.charAt(0) + start);
}
