import { type Assignment, type DomainEvent, takeOver } from '@twinlog/core';
import type { Incident } from './incidents.ts';
import type { Cell, Matrix } from './matrix.ts';
import type { Network } from './network.ts';
import type { Stage } from './stage.ts';

/** Puts an incident on the clock, its end too. */
export function befall(stage: Stage, matrix: Matrix, incident: Incident): void {
  if (incident.kind === 'partition') return;
  const cell = matrix.cells[incident.cell];
  if (cell === undefined) return;
  const at = (ms: number, act: () => void) => stage.scheduler.after(ms, act);
  switch (incident.kind) {
    case 'crash':
      at(incident.at, () => cell.crash(incident.until - incident.at));
      return;
    case 'clock':
      at(incident.at, () => cell.setClock(incident.offsetMs));
      return;
    case 'storm':
      at(incident.at, () => cell.setStorm(true));
      at(incident.until, () => cell.setStorm(false));
      return;
    case 'relay down':
      at(incident.at, () => cell.setRelayDown(true));
      at(incident.until, () => cell.setRelayDown(false));
      return;
    case 'older code':
      at(incident.at, () => cell.setOlderCode(true));
      at(incident.until, () => cell.setOlderCode(false));
      return;
    case 'restore': {
      let backup: readonly DomainEvent[] = [];
      at(incident.backupAt, () => {
        backup = cell.database().backup();
      });
      at(incident.at, () => cell.restore(backup));
      return;
    }
    case 'visit':
      at(incident.at, () => stage.spawn(cell.name, () => cell.visit(incident.settleAfterMs)));
      return;
    case 'takeover':
      at(incident.at, () => {
        stage.hit('takeover by an operator');
        stage.note(cell.name, 'takes over from', matrix.names[incident.from]);
        matrix.assign(
          cell.index,
          takeOver(matrix.assignment(), matrix.names[incident.from] ?? '', cell.name),
        );
      });
      return;
    case 'reconcile':
      at(incident.at, () =>
        stage.spawn(cell.name, async () => {
          if (cell.isUp()) await cell.reconcileWith(incident.peer);
        }),
      );
      return;
  }
}

/** An assignment travels as configuration does: on its own, later here than there, and not through a partition. */
export function spread(stage: Stage, network: Network, next: Assignment, from: number, cell: Cell): void {
  const learn = () => {
    if (!network.isOpen(from, cell.index)) stage.scheduler.after(spreadRetryMs, learn);
    else {
      stage.note(cell.name, 'learns assignment', String(next.n));
      cell.learn(next);
    }
  };
  if (cell.index === from) learn();
  else stage.scheduler.after(stage.random.magnitude(10, spreadMs), learn);
}

const spreadMs = 120_000;
const spreadRetryMs = 30_000;
