import { parseArgs } from 'node:util';
import { TwinlogError } from '@twinlog/core';
import * as z from 'zod';
import { PeerUnavailableError } from '../reconcile/peer-error.ts';
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
import { clearLine, type Terminal, visible } from './terminal.ts';
import { refuse, UsageError } from './usage-error.ts';

/** Each command, with how many arguments it takes at most, and which options beside those that all have. */
const commands: Readonly<Record<string, readonly [Command, number, ...(keyof Values)[]]>> = {
  status: [status, 0],
  lag: [lag, 0, 'from', 'to', 'max'],
  show: [show, 1],
  diff: [diff, 0, 'from', 'to', 'limit'],
  repair: [repair, 1, 'from', 'to', 'limit', 'dry-run'],
  'dead-letters': [deadLetters, 2, 'cell', 'limit', 'dry-run'],
  backfill: [backfill, 1, 'cell', 'from', 'to', 'limit', 'dry-run'],
  drain: [drain, 1, 'resume', 'force', 'dry-run'],
  takeover: [takeover, 2, 'force', 'dry-run'],
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
    const sentence = visible(error instanceof Error ? error.message : '');
    world.terminal.writeError(`${world.terminal.isWatched ? clearLine : ''}${sentence}\n`);
    return code;
  }
}

function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof PeerUnavailableError) return 3;
  return error instanceof UsageError || error instanceof TwinlogError ? 2 : undefined;
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
  refuse(name, Object.fromEntries(Object.entries(values).filter(([option]) => !taken.includes(option))));
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
    const [fault = '', ...advice] = (error instanceof Error ? error.message : '').split('\n');
    // What is wrong, and Node's last line says what to do about a value that begins with a hyphen.
    throw new UsageError([fault.split(/\.\s/)[0], ...advice.slice(-1)].join(' '));
  }
}

function optionsOf(values: Values): Options {
  return {
    dryRun: values['dry-run'] ?? false,
    force: values.force ?? false,
    resume: values.resume ?? false,
    cell: values.cell,
    from: moment('--from', values.from),
    to: moment('--to', values.to),
    limit: limit(values.limit),
    max: max(values.max),
  };
}

function limit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--limit takes a whole number from 1 up, and not "${text}".`);
}

/** Seconds to ms. */
function max(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  throw new UsageError(`--max takes a number of seconds from 0 up, and not "${text}".`);
}

/** RFC 3339, with its zone; or a day, which begins at midnight UTC. Whatever else `Date` would guess at is refused. */
const momentFormat = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true, precision: -1 }),
  z.iso.datetime({ offset: true }),
]);

function moment(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Date.parse(text);
  if (momentFormat.safeParse(text).success && value >= 0) return value;
  throw new UsageError(
    `${option} takes a day such as 2026-01-31, or a time with its zone such as 2026-01-31T12:00:00Z, and not "${text}".`,
  );
}
