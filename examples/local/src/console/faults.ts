import type { LinkCondition } from '../link-condition.ts';
import type { Matrix } from '../matrix.ts';
import type { Direction, Side } from './state.ts';

/** What somebody at the console has broken, one thing after the other. */
export interface Faults {
  readonly isCut: (side: Side) => boolean;
  readonly isDatabaseCut: (side: Side) => boolean;
  readonly condition: (direction: Direction) => LinkCondition;
  /** Whether nothing is broken, and since when; undefined while something is. */
  readonly wholeSince: () => number | undefined;
  /** Healing a cell brings its database back, too. */
  readonly cutCell: (side: Side, cut: boolean) => Promise<void>;
  readonly cutDatabase: (side: Side, cut: boolean) => Promise<void>;
  readonly setLink: (direction: Direction, condition: LinkCondition) => void;
}

export function createFaults(matrix: Matrix): Faults {
  const cells = { aws: { cell: false, database: false }, azure: { cell: false, database: false } };
  const links: Record<Direction, LinkCondition> = { awsToAzure: 'well', azureToAws: 'well' };
  let wholeSince: number | undefined = Date.now();
  const look = () => {
    const isWhole =
      Object.values(cells).every(({ cell, database }) => !cell && !database) &&
      Object.values(links).every((condition) => condition === 'well');
    wholeSince = isWhole ? (wholeSince ?? Date.now()) : undefined;
  };
  /** A cell goes down and comes back in steps: one change at a time. */
  let changing: Promise<void> = Promise.resolve();
  const change = (action: () => Promise<void>): Promise<void> => {
    const done = changing.then(action).finally(look);
    changing = done.catch(() => {});
    return done;
  };

  return {
    isCut: (side) => cells[side].cell,
    isDatabaseCut: (side) => cells[side].database,
    condition: (direction) => links[direction],
    wholeSince: () => wholeSince,
    cutCell: (side, cut) =>
      change(async () => {
        if (cells[side].cell === cut) return;
        if (cut) {
          cells[side].cell = true;
          look();
          await matrix[side].cut('cell');
          return;
        }
        await matrix[side].restore();
        cells[side] = { cell: false, database: false };
      }),
    cutDatabase: (side, cut) =>
      change(async () => {
        if (cells[side].cell || cells[side].database === cut) return;
        await (cut ? matrix[side].database.cut() : matrix[side].database.restore());
        cells[side].database = cut;
      }),
    setLink: (direction, condition) => {
      links[direction] = condition;
      matrix.links[direction].setCondition(condition);
      look();
    },
  };
}
