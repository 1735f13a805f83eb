import type { CellState, Now, Sample, Side } from '../src/console/state.ts';
import { act } from './act.ts';
import { byId, inside, make, say } from './dom.ts';

const clouds: Readonly<Record<Side, string>> = { aws: 'AWS', azure: 'Azure' };

/** Where the router leads whom, and how each cell is. */
export function showCells({ cells, router }: Now, last: Sample | undefined): void {
  const leads = router.leads.map(
    ({ region, to }) => `Clients near ${region} → ${to ? clouds[to] : 'nowhere'}`,
  );
  const list = byId('leads', HTMLElement);
  if (list.dataset.shown !== leads.join()) {
    list.dataset.shown = leads.join();
    list.replaceChildren(...leads.map((text) => make('li', '', text)));
  }
  for (const side of ['aws', 'azure'] as const) showCell(side, cells[side], last);
}

function showCell(
  side: Side,
  { name, isCut, isDatabaseCut, status }: CellState,
  last: Sample | undefined,
): void {
  const card = inside(document, `.cell[data-side=${side}]`, HTMLElement);
  const part = (role: string) => inside(card, `[data-role=${role}]`, HTMLElement);
  card.classList.toggle('is-cut', isCut);
  say(part('name'), name);
  const pill = part('status');
  const isDown = isCut || status === 'Degraded';
  say(pill, isCut ? 'Cut off' : status === 'CheckingEndpoint' ? 'Checking' : status);
  pill.dataset.tone = isDown ? 'bad' : isDatabaseCut ? 'wait' : 'good';
  say(part('rate'), String(last?.answered[side] ?? 0));
  const database = part('database');
  say(database, isCut || isDatabaseCut ? 'down' : 'up');
  database.dataset.tone = isCut || isDatabaseCut ? 'bad' : 'good';
  const cell = part('cell');
  say(cell, isCut ? `Heal ${clouds[side]}` : `Cut ${clouds[side]} off`);
  cell.dataset.cut = String(isCut);
  cell.classList.toggle('heal', isCut);
  const ofDatabase = inside(card, '[data-role=cut-database]', HTMLButtonElement);
  say(ofDatabase, isDatabaseCut ? `Heal the ${clouds[side]} database` : `Cut the ${clouds[side]} database`);
  ofDatabase.dataset.cut = String(isDatabaseCut);
  ofDatabase.classList.toggle('heal', isDatabaseCut);
  // Hidden rather than disabled: what has the focus must keep it.
  ofDatabase.hidden = isCut;
}

export function listenToCells(): void {
  for (const side of ['aws', 'azure'] as const) {
    const card = inside(document, `.cell[data-side=${side}]`, HTMLElement);
    const on = (role: string, action: (cut: boolean) => void) => {
      const button = inside(card, `[data-role=${role}]`, HTMLButtonElement);
      button.addEventListener('click', () => action(button.dataset.cut !== 'true'));
    };
    on('cell', (cut) => void act({ do: 'cell', side, cut }));
    on('cut-database', (cut) => void act({ do: 'database', side, cut }));
  }
}
