import { stampOf, takersOf } from '@twinlog/core';
import { PeerUnavailableError } from '../../reconcile/peer-error.ts';
import type { Command } from '../command.ts';
import { cellNamed, type OperatedCell, statusOf } from '../matrix.ts';
import { print } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { changeAt, judged, newestAssignment } from './change.ts';
import { pullOnceDrained } from './drained.ts';
import { added, alarms, nothingPulled } from './pull.ts';

/**
 * Has one cell decide what another one decided (R14). Strictly safe only where that one was drained before and all that
 * it decided is held by the new one (R15); else it takes `--force`, and for a while both may decide.
 */
export const takeover: Command = async (invocation) => {
  const { cells, args, options, terminal } = invocation;
  if (args.length < 2) throw new UsageError('takeover takes two cells: takeover FROM TO');
  const from = cellNamed(cells, args[0]);
  const to = cellNamed(cells, args[1]);
  if (from === to) throw new UsageError(`${to.name} cannot take over from itself.`);
  const before = await to.operations.status();
  const old = await statusOf(from);
  const isDrained = old?.assignment.drained.has(from.name) ?? false;
  const danger =
    old === undefined
      ? `${from.name} cannot be reached. If it still runs, both may decide until it has seen the takeover, and what it decided and ${to.name} lacks may lose.`
      : `${from.name} still decides. Drain it first: drain ${from.name}.`;
  const change = { kind: 'takeover', from: from.name, to: to.name } as const;
  const newest = await newestAssignment(cells, before.assignment);
  judged(newest, change);
  // Drained, as the change would be refused otherwise. They have decided what will be this cell's, too.
  const decided = [...takersOf(newest, from.name), ...takersOf(newest, to.name)];
  const takers = [...new Set(decided)].filter((name) => name !== from.name && name !== to.name);
  const asked = await Promise.all(takers.map((name) => reached(cells, name)));
  const away = takers.filter((_, at) => asked[at] === undefined);
  if (away.length > 0 && !options.force) {
    const gone = away.join(' and ');
    throw new UsageError(
      `${gone} had taken over from ${from.name} or ${to.name}, and cannot be asked what it decided. Take over from ${gone}: takeover ${away.at(-1)} ${to.name} --force. Or do it without, and lose what ${gone} decided and ${to.name} lacks, with --force.`,
    );
  }
  const plan = { from: from.name, to: to.name, safe: isDrained, in_force: stampOf(before.assignment) };
  if (options.dryRun) {
    const line = isDrained
      ? `${to.name} would decide for ${from.name}, which is drained. Nothing would be left to chance.`
      : danger;
    print(terminal, { dry_run: true, ...plan }, [line]);
    return isDrained ? 0 : 1;
  }
  if (!isDrained && !options.force)
    throw new UsageError(`${danger} To take over all the same, and accept that, add --force.`);
  let report = nothingPulled;
  const deciders = [...(old && isDrained ? [from] : []), ...asked.filter((taker) => taker !== undefined)];
  const unasked: string[] = [];
  for (const decider of deciders) {
    try {
      report = added(report, await pullOnceDrained(invocation, decider, [to]));
    } catch (error) {
      if (!options.force || !(error instanceof PeerUnavailableError)) throw error;
      unasked.push(decider.name);
    }
  }
  const found = [
    ...alarms(report),
    ...[...away, ...unasked].map((name) => `${name} was not asked, and what it decided may be missing.`),
  ];
  if (found.length > 0 && !options.force) {
    print(terminal, { ...plan, ...report, taken_over: false }, [
      ...found,
      `Nothing was taken over, for ${to.name} does not hold all that ${from.name} decided. To take over all the same, add --force.`,
    ]);
    return 1;
  }
  const { assignment } = await changeAt(to, cells, change);
  print(terminal, { ...plan, ...report, taken_over: true, stamp: stampOf(assignment) }, [
    `${to.name} decides for ${from.name} from now on, by the assignment ${stampOf(assignment)}.`,
    ...(isDrained ? [] : [danger]),
    ...found,
    `Give it back with: drain ${from.name} --resume`,
  ]);
  return found.length > 0 ? 1 : 0;
};

/** A cell that is configured and answers. */
async function reached(cells: readonly OperatedCell[], name: string): Promise<OperatedCell | undefined> {
  const cell = cells.find((one) => one.name === name);
  return cell && (await statusOf(cell)) ? cell : undefined;
}
