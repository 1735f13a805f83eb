import type { DeadLetterSummary } from '../../dead-letters/dead-letter.ts';
import type { Redriven } from '../../dead-letters/redrive.ts';
import { type Command, defaultLimit, type Invocation } from '../command.ts';
import { cellNamed, identified, type OperatedCell } from '../matrix.ts';
import { print, table } from '../terminal.ts';
import { refuse, UsageError } from '../usage-error.ts';

/** What could not be delivered or stored: looked at, driven again, discarded where it holds no well-formed event. */
export const deadLetters: Command = async (invocation) => {
  const { cells, args, options, terminal } = invocation;
  const [action = 'list', id] = args;
  if (action === 'list' && id !== undefined)
    throw new UsageError(
      `dead-letters list does not take "${id}". Look at a letter with: dead-letters show ${id}`,
    );
  const { limit } = options;
  if (action === 'list') {
    refuse('dead-letters list', { 'dry-run': options.dryRun });
    return list(invocation);
  }
  if (!['show', 'redrive', 'discard'].includes(action))
    throw new UsageError(`dead-letters takes list, show, redrive or discard, and not "${action}".`);
  refuse(`dead-letters ${action}`, { limit, ...(action === 'show' && { 'dry-run': options.dryRun }) });
  if (id === undefined)
    throw new UsageError(`dead-letters ${action} takes the id of a letter: see the list.`);
  if (id === '' || id.length > 100)
    throw new UsageError(`The id of a letter has 1 to 100 characters, and this has ${id.length}.`);
  const cell = await holderOf(id, options.cell === undefined ? cells : [cellNamed(cells, options.cell)]);
  if (cell === undefined) {
    print(terminal, { id, kind: 'unknown' }, [`There is no dead letter ${id}.`]);
    return 1;
  }
  const letters = cell.operations.deadLetters;
  const { dryRun } = options;
  const would = dryRun ? ' (dry run: nothing was changed)' : '';
  const gone = `There is no dead letter ${id} any more: somebody else has seen to it.`;
  if (action === 'show') {
    const letter = await letters.get(id);
    if (letter === undefined) {
      print(terminal, { cell: cell.name, id, kind: 'unknown' }, [gone]);
      return 1;
    }
    const content = 'json' in letter.content ? letter.content.json : letter.content.base64;
    print(terminal, { cell: cell.name, ...letter }, [
      `${letter.code} (${letter.direction}) in ${cell.name} at ${letter.at}`,
      letter.detail,
      content,
    ]);
    return 0;
  }
  const lineOf = (redriven: Redriven): string => {
    switch (redriven.kind) {
      case 'redriven':
        return `${id} went where it was to go${would}.`;
      case 'untold':
        return `${id} would be driven again${would}. It was ${redriven.code}: ${redriven.detail} Whether it is still, only the real run tells.`;
      case 'still_dead':
        return `${id} is still dead: ${redriven.code}: ${redriven.detail}`;
      case 'unknown':
        return gone;
    }
  };
  if (action === 'redrive') {
    const redriven = await letters.redrive(id, { dryRun });
    print(terminal, { cell: cell.name, id, dry_run: dryRun, ...redriven }, [lineOf(redriven)]);
    return redriven.kind === 'redriven' || redriven.kind === 'untold' ? 0 : 1;
  }
  const discarded = await letters.discard(id, { dryRun });
  const line =
    discarded.kind === 'well_formed'
      ? `${id} stays: ${discarded.detail}`
      : discarded.kind === 'unknown'
        ? gone
        : `${id} is discarded${would}.`;
  print(terminal, { cell: cell.name, id, dry_run: dryRun, ...discarded }, [line]);
  return discarded.kind === 'discarded' ? 0 : 1;
};

async function list({ cells, options, terminal }: Invocation): Promise<number> {
  const { limit: most = defaultLimit } = options;
  const asked = options.cell === undefined ? cells : [cellNamed(cells, options.cell)];
  await identified(asked);
  const found: (DeadLetterSummary & { readonly cell: string })[] = [];
  let isMore = false;
  for (const { name, operations } of asked) {
    for (let after: string | undefined; ; ) {
      // One more than is shown: to know whether there are more.
      const limit = Math.min(most + 1 - found.length, 1_000);
      const page = await operations.deadLetters.list({ limit, ...(after !== undefined && { after }) });
      found.push(...page.items.map((letter) => ({ ...letter, cell: name })));
      after = page.next;
      isMore = found.length > most;
      if (after === undefined || isMore) break;
    }
    if (isMore) break;
  }
  found.splice(most);
  const rows = found.map(({ cell, id, direction, code, at, detail }) => [
    ...[cell, id, direction, code, at],
    detail.length > 80 ? `${detail.slice(0, 79)}…` : detail,
  ]);
  const lines = [...table(rows), ...(isMore ? ['… and more. See more with --limit.'] : [])];
  const told = rows.length > 0 ? lines : ['There are no dead letters.'];
  print(terminal, { dead_letters: found, more: isMore }, told);
  return found.length > 0 ? 1 : 0;
}

async function holderOf(id: string, cells: readonly OperatedCell[]): Promise<OperatedCell | undefined> {
  await identified(cells);
  for (const cell of cells) if ((await cell.operations.deadLetters.get(id)) !== undefined) return cell;
  return undefined;
}
