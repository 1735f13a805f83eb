import type { Now, Side, Standing, StreamRow, StreamView } from '../src/console/state.ts';
import { byId, clock, make, say } from './dom.ts';

const choice = byId('stream-choice', HTMLSelectElement);
const caption = byId('stream-caption', HTMLElement);

const words: Readonly<Record<Standing, string>> = {
  counts: 'counts',
  refused: 'refused',
  repeated: 'the same again',
  conflict: 'lost, to be settled',
  settled: 'lost, settled',
  record: 'recorded',
  pending: 'waits for another',
};
const clouds: Readonly<Record<Side, string>> = { aws: 'AWS', azure: 'Azure' };

let offered = '';
let isAsking = false;
let shown = '';

/** Shows the chosen stream as both cells hold it. */
export async function showStream({ streams }: Now): Promise<void> {
  offer(streams);
  const id = choice.value || streams[0]?.id;
  if (id === undefined || isAsking) return;
  isAsking = true;
  try {
    const response = await fetch(`/api/streams/${id}`);
    const view: StreamView = await response.json();
    const text = JSON.stringify(view);
    if (response.ok && text !== shown) render(view);
    shown = text;
  } catch {
    // The next message asks again.
  } finally {
    isAsking = false;
  }
}

function offer(streams: Now['streams']): void {
  const text = streams.map(({ id }) => id).join();
  // A list that is open, or has the focus, must not change under the hand.
  if (text === offered || document.activeElement === choice) return;
  offered = text;
  const chosen = choice.value;
  const known = streams.some(({ id }) => id === chosen);
  const options = streams.map(({ id, account }) => new Option(`${account} · …${id.slice(-6)}`, id));
  if (chosen && !known) options.push(new Option(`…${chosen.slice(-6)}`, chosen));
  choice.replaceChildren(new Option('the newest', ''), ...options);
  choice.value = chosen;
}

function render({ id, rows, state, areEqual }: StreamView): void {
  const isUnread = state.aws === null || state.azure === null;
  const equal = isUnread ? 'one side cannot be read' : areEqual ? 'equal on both sides' : 'not equal yet';
  say(caption, `${id}, in canonical order: ${equal}`);
  byId('stream-rows', HTMLElement).replaceChildren(...rows.map((row) => rowOf(row, state)));
  say(byId('stream-aws', HTMLElement), state.aws ?? 'database down');
  say(byId('stream-azure', HTMLElement), state.azure ?? 'database down');
}

function rowOf(
  { at, kind, origin, sequence, amount, standing }: StreamRow,
  state: StreamView['state'],
): HTMLElement {
  const by = make('span', `origin ${origin}-text`, `${clouds[origin]} ${sequence}`);
  const time = make('time', 'quiet', ` ${clock(at)}`);
  const event = make('th', '', by, ` ${kind}`, time);
  event.setAttribute('scope', 'row');
  const cells = (['aws', 'azure'] as const).map((side) => {
    const stands = standing[side];
    const cell = make('td', '', stands ? words[stands] : state[side] === null ? '?' : 'not here yet');
    cell.dataset.standing = stands ?? 'absent';
    return cell;
  });
  return make('tr', '', event, make('td', '', amount ?? ''), ...cells);
}
