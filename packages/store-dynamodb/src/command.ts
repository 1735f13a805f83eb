import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientDefaults } from './client-defaults.ts';
import { printTable, tableFormats } from './print-table.ts';
import { createTable } from './table.ts';

const usage = `The table of a Twinlog event store.

  npx @twinlog/store-dynamodb cloudformation <table>   print it as a CloudFormation template
  npx @twinlog/store-dynamodb terraform <table>        print it as a Terraform resource
  npx @twinlog/store-dynamodb permissions              print the IAM statement of each operation
  npx @twinlog/store-dynamodb create <table>           create it unless it exists, with the credentials
                                                       and the region that the AWS SDK finds;
                                                       --endpoint <url> names an emulator
`;

/** "Naming rules" of the DynamoDB developer guide, for tables. */
const tableName = /^[a-zA-Z0-9_.-]{3,255}$/;

/** What a run of the command prints, and its exit code: 0 done, 1 failed, 2 wrongly called. */
export interface Ran {
  readonly exitCode: 0 | 1 | 2;
  readonly out: string;
  readonly err: string;
}

export async function run(args: readonly string[]): Promise<Ran> {
  try {
    return await carryOut(args);
  } catch (error) {
    const isCall =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    const message = `${error instanceof Error ? error.message : String(error)}\n`;
    return isCall ? misuse(message) : { exitCode: 1, out: '', err: message };
  }
}

async function carryOut(args: readonly string[]): Promise<Ran> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { endpoint: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  const [what, table, ...more] = positionals;
  if (values.help) return done(usage);
  if (what === 'permissions' && table === undefined)
    return done(readFileSync(new URL('../permissions.json', import.meta.url), 'utf8'));
  if (table === undefined || more.length > 0) return misuse('');
  const format = tableFormats.find((known) => known === what);
  if (format === undefined && what !== 'create') return misuse('');
  if (!tableName.test(table)) {
    const err = `${JSON.stringify(table)} is no name of a table: it takes 3 to 255 of a-z, A-Z, 0-9, _, - and the dot.\n`;
    return { exitCode: 2, out: '', err };
  }
  if (format !== undefined) return done(printTable(format, table));
  const { endpoint } = values;
  const client = new DynamoDBClient({ ...clientDefaults, ...(endpoint !== undefined && { endpoint }) });
  try {
    await createTable(client, table);
  } finally {
    client.destroy();
  }
  return done(
    `The table "${table}" is there, with point-in-time recovery, encryption and deletion protection.\n`,
  );
}

function done(out: string): Ran {
  return { exitCode: 0, out, err: '' };
}

function misuse(message: string): Ran {
  return { exitCode: 2, out: '', err: message + usage };
}
