import { parseArgs } from 'node:util';
import { OperationRefusedError } from '../operations/operation-error.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from '../reconcile/peer-error.ts';
import type { Command, Options } from './command.ts';
import { join, leave, policy } from './commands/assignment.ts';
import { backfill } from './commands/backfill.ts';
import { deadLetters } from './commands/dead-letters.ts';
import { diff } from './commands/diff.ts';
import { drain } from './commands/drain.ts';
import { lag } from './commands/lag.ts';
import { repair } from './commands/repair.ts';
import { show } from './commands/show.ts';
import { status } from './commands/status.ts';
import { takeover } from './commands/takeover.ts';
import { readConfiguration } from './configuration.ts';
import { operated } from './matrix.ts';
import { clearLine, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Each command, with how many arguments it takes at most, and which options beside those that all have. */
const commands: Readonly<Record<string, readonly [Command, number, ...(keyof Values)[]]>> = {
  status: [status, 0],
  lag: [lag, 0, 'from', 'to', 'max'],
  show: [show, 1],
  diff: [diff, 0, 'from', 'to', 'limit'],
  repair: [repair, 1, 'from', 'to', 'limit', 'dry-run'],
  'dead-letters': [deadLetters, 2, 'cell', 'limit', 'dry-run'],
  backfill: [backfill, 1, 'cell', 'from', 'to', 'limit', 'dry-run'],
  drain: [drain, 1, 'from', 'resume', 'force', 'dry-run'],
  takeover: [takeover, 2, 'from', 'force', 'dry-run'],
  join: [join, 1, 'dry-run'],
  leave: [leave, 1, 'force', 'dry-run'],
  policy: [policy, 1, 'dry-run'],
};

/** Options that every command has. */
const general: readonly string[] = ['config', 'json', 'help'];

const usage = `twinlog: operates the cells of a matrix

  twinlog status                            what each cell is and whether it answers clients
  twinlog lag [--max SECONDS]               how far each cell is behind each other
  twinlog show STREAM                       a stream in all cells side by side
  twinlog diff [--from TIME] [--to TIME]    what the cells do not all hold
  twinlog repair [STREAM]                   has each cell pull what it lacks
  twinlog dead-letters [list]               what could not be delivered or stored
  twinlog dead-letters show|redrive|discard ID
  twinlog backfill CELL [--cell PEER]       fills a new or a restored cell
  twinlog drain CELL [--resume] [--force]   has a cell decide nothing, or again once it has caught up
  twinlog takeover FROM TO [--force]        has one cell decide for another
  twinlog join CELL                         makes a cell one of those that decide
  twinlog leave CELL [--force]              takes a cell out for good
  twinlog policy any-cell|home-cell         who decides after create

  --config FILE    the cells, {"cells":{"aws-us-east-1":"https://…"}}; else TWINLOG_CELLS, else twinlog.json
  --json           one JSON object on standard output
  --dry-run        for whatever writes: says what would be done
  --limit N        how many lines a list has at most, 100

Who you are comes from the environment: a key, TWINLOG_KEY or TWINLOG_KEY_AWS_US_EAST_1 for one cell; or a token of
Entra, TWINLOG_TOKEN=$(az account get-access-token --scope APPLICATION/.default --query accessToken --output tsv).
Exit code 0: well, or done. 1: something was found or is left. 2: wrong arguments, configuration or key, or the cell
will not. 3: a cell cannot be reached.
`;

export interface World {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string | undefined;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly terminal: Omit<Terminal, 'json'>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Runs one command line. @returns the exit code. Never rejects but for a mistake in this program. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    const { values, positionals } = parsed(argv);
    const [name, ...args] = positionals;
    if (values.help || name === undefined || name === 'help') {
      world.terminal.write(usage);
      return name === undefined && !values.help ? 2 : 0;
    }
    const command = commandNamed(name, args, values);
    const cells = readConfiguration(world.variables, values.config, world.readFile);
    return await command({
      cells: cells.map((cell) => operated(cell, world.fetch)),
      args,
      options: optionsOf(values),
      terminal: { ...world.terminal, json: values.json ?? false },
      now: world.now,
      sleep: world.sleep,
    });
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    world.terminal.writeError(
      `${world.terminal.isWatched ? clearLine : ''}${error instanceof Error ? error.message : ''}\n`,
    );
    return code;
  }
}

function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof PeerUnavailableError) return 3;
  const isTheirs =
    error instanceof UsageError ||
    error instanceof PeerMisconfiguredError ||
    error instanceof OperationRefusedError;
  return isTheirs ? 2 : undefined;
}

/** @throws UsageError where there is no such command, or it does not take all of what was said: nothing is ignored in silence. */
function commandNamed(name: string, args: readonly string[], values: Values): Command {
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found === undefined)
    throw new UsageError(`There is no command "${name}". There are ${Object.keys(commands).join(', ')}.`);
  const [command, most, ...options] = found;
  const extra = args[most];
  if (extra !== undefined) throw new UsageError(`${name} does not take "${extra}". See: twinlog help`);
  const taken: readonly string[] = [...general, ...options];
  const unknown = Object.keys(values).find((option) => !taken.includes(option));
  if (unknown !== undefined) throw new UsageError(`${name} does not take --${unknown}. See: twinlog help`);
  return command;
}

type Values = ReturnType<typeof parsed>['values'];

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        json: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        force: { type: 'boolean' },
        resume: { type: 'boolean' },
        cell: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        limit: { type: 'string' },
        max: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split(/\.\s/)[0] : String(error));
  }
}

function optionsOf(values: Values): Options {
  const max = values.max === undefined ? undefined : number('--max', values.max) * 1_000;
  return {
    dryRun: values['dry-run'] ?? false,
    force: values.force ?? false,
    resume: values.resume ?? false,
    cell: values.cell,
    from: time('--from', values.from),
    to: time('--to', values.to),
    limit: Math.max(1, Math.floor(number('--limit', values.limit ?? '100'))),
    max,
  };
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`${option} takes a number from 0 up, and not "${text}".`);
}

function time(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Date.parse(text);
  if (!Number.isNaN(value) && value >= 0) return value;
  throw new UsageError(`${option} takes a time such as 2026-01-31T12:00:00Z, and not "${text}".`);
}
