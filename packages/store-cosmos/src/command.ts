import { parseArgs } from 'node:util';
import { CosmosClient } from '@azure/cosmos';
import { clientDefaults } from './client-defaults.ts';
import { createContainer } from './container.ts';
import { readPermissions } from './permissions.ts';
import { containerFormats, printContainer } from './print-container.ts';

const usage = `The container of a Twinlog event store.

  npx @twinlog/store-cosmos bicep <account> <database> <container>       print it as a Bicep template
  npx @twinlog/store-cosmos terraform <account> <database> <container>   print it for Terraform
  npx @twinlog/store-cosmos permissions                                  print the data actions of each operation
  npx @twinlog/store-cosmos create <database> <container> --endpoint <url>
      create both unless they exist, in an emulator or an account, with the key in COSMOS_KEY;
      what an account has to be, consistency and backup among it, only a template can say
`;

/** "Naming rules and restrictions for Azure resources", Microsoft.DocumentDB, and what the SDK refuses in an id. */
const accountName = /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/;
const resourceId = /^[^/\\#?\r\n]{0,254}[^/\\#?\s]$/;

/** What a run of the command prints, and its exit code: 0 done, 1 failed, 2 wrongly called. */
export interface Ran {
  readonly exitCode: 0 | 1 | 2;
  readonly out: string;
  readonly err: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

export async function run(args: readonly string[], variables: Variables): Promise<Ran> {
  try {
    return await carryOut(args, variables);
  } catch (error) {
    const message = `${error instanceof Error ? error.message : String(error)}\n`;
    const isCall =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    return isCall ? misuse(message) : { exitCode: 1, out: '', err: message };
  }
}

async function carryOut(args: readonly string[], variables: Variables): Promise<Ran> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { endpoint: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  const [what, ...names] = positionals;
  if (values.help) return done(usage);
  if (what === 'permissions' && names.length === 0)
    return done(`${JSON.stringify(readPermissions(), null, 2)}\n`);
  const format = containerFormats.find((known) => known === what);
  if (format !== undefined) {
    const [account, database, container, ...more] = names;
    if (account === undefined || database === undefined || container === undefined || more.length > 0)
      return misuse('');
    if (!accountName.test(account))
      return wrong(account, 'an account: it takes 3 to 44 lower-case letters, digits and inner hyphens');
    return wrongId(database, container) ?? done(printContainer(format, { account, database, container }));
  }
  const [database = '', container, ...more] = names;
  const { endpoint } = values;
  if (what !== 'create' || container === undefined || more.length > 0 || endpoint === undefined)
    return misuse('');
  const refused = wrongId(database, container);
  if (refused) return refused;
  const key = variables.COSMOS_KEY;
  if (key === undefined) return misuse('COSMOS_KEY is not set.\n');
  const client = new CosmosClient({ endpoint, key, ...clientDefaults });
  try {
    const made = await client.databases.createIfNotExists({ id: database });
    await createContainer(made.database, container);
  } finally {
    client.dispose();
  }
  return done(`The container "${container}" is there, in the database "${database}".\n`);
}

function wrong(name: string, what: string): Ran {
  return { exitCode: 2, out: '', err: `${JSON.stringify(name)} is no name of ${what}.\n` };
}

function wrongId(...ids: readonly string[]): Ran | undefined {
  const id = ids.find((each) => !resourceId.test(each));
  const rule =
    'a database or container: it takes 1 to 255 characters, none of them / \\ # or ?, and no space at the end';
  return id === undefined ? undefined : wrong(id, rule);
}

function done(out: string): Ran {
  return { exitCode: 0, out, err: '' };
}

function misuse(message: string): Ran {
  return { exitCode: 2, out: '', err: message + usage };
}
