import { parseArgs } from 'node:util';
import { OperationRefusedError } from '../operations/operation-error.ts';
import { PeerMisconfiguredError, PeerUnavailableError } from '../reconcile/peer-error.ts';
import type { Command, Options } from './command.ts';
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
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const commands: Readonly<Record<string, Command>> = {
  status,
  lag,
  show,
  diff,
  repair,
  'dead-letters': deadLetters,
  backfill,
  drain,
  takeover,
};

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
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      throw new UsageError(`There is no command "${name}". There are ${Object.keys(commands).join(', ')}.`);
    }
    const cells = readConfiguration(world.variables, values.config, world.readFile);
    return await command({
      cells: cells.map((cell) => operated(cell, world.fetch)),
      args,
      options: optionsOf(values),
      terminal: { ...world.terminal, json: values.json },
      now: world.now,
      sleep: world.sleep,
    });
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    world.terminal.writeError(`${error instanceof Error ? error.message : ''}\n`);
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

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        force: { type: 'boolean', default: false },
        resume: { type: 'boolean', default: false },
        cell: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        limit: { type: 'string', default: '100' },
        max: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error));
  }
}

function optionsOf(values: ReturnType<typeof parsed>['values']): Options {
  const max = values.max === undefined ? undefined : number('--max', values.max) * 1_000;
  return {
    dryRun: values['dry-run'],
    force: values.force,
    resume: values.resume,
    cell: values.cell,
    from: time('--from', values.from),
    to: time('--to', values.to),
    limit: Math.max(1, Math.floor(number('--limit', values.limit))),
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
