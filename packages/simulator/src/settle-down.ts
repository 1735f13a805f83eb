import type { Chronicle } from './chronicle.ts';
import type { Clients } from './client.ts';
import type { Told } from './journal.ts';
import type { Cell } from './matrix.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** How many of the commands are sent once more to two cells after healing. */
const askAgainRate = 0.05;

/** Settles whatever is a conflict now: ids may be ahead of the time, by what clocks were. */
const settleAnyAgeMs = -3_600_000;

const settlingMs = 200;

/** What homes write of one another's conflicts and requests calls for no more than this many rounds. */
const mostRounds = 5;

/** Cells compare what they hold, and homes decide and settle, until nothing new comes of it. */
export async function settleDown(stage: Stage, cells: readonly Cell[], chronicle: Chronicle): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const before = chronicle.events.size;
    // A request that has just arrived is decided a moment later.
    await stage.scheduler.sleep(settlingMs);
    await converge(stage, cells);
    for (const cell of cells) await cell.visit(settleAnyAgeMs);
    if (chronicle.events.size === before) return;
  }
  stage.fail('everything heals in bounded time', `Homes still write after ${mostRounds} rounds.`);
}

/** How many of the runs of reconcile are played where there is nothing to be pulled. */
const idleReconcileRate = 0.1;

function lacksAny(cell: Cell, peer: Cell): boolean {
  const { held } = cell.database();
  for (const place of peer.database().held.keys()) if (!held.has(place)) return true;
  return false;
}

/** Every cell pulls from every other: afterwards all of them hold all that any of them held. */
async function converge(stage: Stage, cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    for (const peer of cells) {
      if (peer === cell) continue;
      if (!lacksAny(cell, peer) && !stage.random.chance(idleReconcileRate)) continue;
      if (!(await cell.reconcileWith(peer.index))) {
        stage.fail('everything heals in bounded time', `${cell.name} cannot reconcile with ${peer.name}`);
      }
    }
  }
}

/** Some of the commands are sent once more, each to two cells: they are decided by now, and all answer alike. */
export async function askAgain(
  random: Random,
  clients: Clients,
  entries: readonly Told[],
  cells: number,
): Promise<void> {
  for (const told of [...entries]) {
    if (told.commandId === undefined || told.sent === 0 || !random.chance(askAgainRate)) continue;
    const index = random.int(cells);
    const first = await clients.ask(told, index);
    await clients.ask(told, index);
    if (first.kind !== 'appended') await clients.ask(told, (index + 1) % cells);
  }
}
