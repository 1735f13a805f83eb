import { parseArgs } from 'node:util';
import type { Policy } from '@twinlog/core';
import type { ClientKind } from './crowd.ts';
import type { Outage } from './local-cell.ts';

export interface Arguments {
  /** A traffic file, or undefined for the one that comes with the example. */
  readonly traffic: string | undefined;
  readonly outage: Outage | 'none';
  readonly policy: Policy;
  /** How the clients of the traffic find a cell. */
  readonly client: ClientKind;
  readonly json: boolean;
  readonly keep: boolean;
  /** Whether what happens after the scripted traffic is printed, trace by trace. */
  readonly traces: boolean;
}

export const usage = `Usage: npm start -- [options]

Starts an AWS cell and an Azure cell on this machine, plays traffic through both, takes the AWS cell down in the
middle, and prints what became of every request.

  --traffic FILE    the requests to play, one JSON object a line (examples/local/README.md has the format)
  --outage KIND     cell (default): ingress, compute, database and bridge; ingress: the front door alone; silent: the
                    front door takes requests and never answers
  --no-failover     no outage
  --policy POLICY   who decides after create: any-cell (default): every cell, at once; home-cell: the one cell that is
                    the transaction's home
  --client KIND     how clients find a cell: dns (default): the router's name alone, as cached; sdk: the client library,
                    which knows both cells' own addresses
  --json            the verdict as one JSON object on standard output, progress on standard error
  --keep            stay up afterwards, with a page on which to watch the cells and break them, and ready curl lines
  --traces          with --keep: print the way of each command that comes then, from the request to the other cloud
  --help            this text

Exit code: 0 nothing lost, nothing twice, stores equal; 1 otherwise; 2 wrong arguments or a bad traffic file.`;

/** A mistake of whoever called the program: one line for them, exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError naming the argument that is unknown or wrong. Returns undefined where help was asked for. */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const outage = values['no-failover'] ? 'none' : values.outage;
  if (outage !== 'cell' && outage !== 'ingress' && outage !== 'silent' && outage !== 'none') {
    throw new UsageError(`--outage is "${outage}"; it takes cell, ingress or silent.`);
  }
  const { policy } = values;
  if (policy !== 'any-cell' && policy !== 'home-cell') {
    throw new UsageError(`--policy is "${policy}"; it takes any-cell or home-cell.`);
  }
  const { client } = values;
  if (client !== 'dns' && client !== 'sdk')
    throw new UsageError(`--client is "${client}"; it takes dns or sdk.`);
  const { traffic, json, keep, traces } = values;
  if (traces && !keep) {
    throw new UsageError('--traces prints what comes after the scripted traffic; it takes --keep as well.');
  }
  return { traffic, outage, policy, client, json, keep, traces };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        traffic: { type: 'string' },
        outage: { type: 'string', default: 'cell' },
        'no-failover': { type: 'boolean', default: false },
        policy: { type: 'string', default: 'any-cell' },
        client: { type: 'string', default: 'dns' },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        traces: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
