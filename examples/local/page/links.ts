import type { Direction, LinkState, Now } from '../src/console/state.ts';
import { act } from './act.ts';
import { duration, inside, say } from './dom.ts';

const directions: readonly Direction[] = ['awsToAzure', 'azureToAws'];
const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/** A crossing of the track, in ms, and how many are shown of what came in one message. */
const crossingMs = 900;
const maxDots = 8;

/** So many waiting events fill half of the track. */
const fullAt = 60;

/** How often the console is being asked for another condition: until it answers, its messages may have the old one. */
const asked = new Map<Direction, number>();

const arrivedBefore = new Map<Direction, number>();

/** What goes each way, and how well. */
export function showLinks({ links, cells }: Now): void {
  showLink('awsToAzure', links.awsToAzure, cells.azure.isCut);
  showLink('azureToAws', links.azureToAws, cells.aws.isCut);
}

function showLink(
  direction: Direction,
  { condition, underWay, arrived, lagMs }: LinkState,
  isFarCut: boolean,
): void {
  const link = inside(document, `.link[data-direction=${direction}]`, HTMLElement);
  const part = (role: string) => inside(link, `[data-role=${role}]`, HTMLElement);
  link.classList.toggle('is-slow', condition === 'slow');
  link.classList.toggle('is-cut', condition === 'cut');
  say(part('lag'), lagMs === null ? 'no event yet' : `last event took ${duration(lagMs)}`);
  const verb = condition === 'cut' ? 'held back' : isFarCut ? 'waiting' : 'under way';
  say(part('under-way'), `${underWay} ${verb}`);
  const chosen = inside(link, `input[value=${condition}]`, HTMLInputElement);
  if (!asked.get(direction) && !chosen.checked) chosen.checked = true;

  const before = arrivedBefore.get(direction) ?? arrived;
  arrivedBefore.set(direction, arrived);
  const track = inside(link, '.track', HTMLElement);
  track.style.setProperty('--queue', `${(100 * underWay) / (underWay + fullAt)}%`);
  for (
    let dot = 0;
    dot < Math.min(arrived - before, maxDots) && !stillness.matches && !document.hidden;
    dot += 1
  )
    cross(track, direction, (dot * 500) / maxDots);
}

function cross(track: HTMLElement, direction: Direction, delay: number): void {
  const dot = document.createElement('i');
  track.append(dot);
  const far = `translateX(${track.clientWidth}px)`;
  const near = 'translateX(-0.7rem)';
  const way = direction === 'awsToAzure' ? [near, far] : [far, near];
  const options = { duration: crossingMs, delay, easing: 'ease-in-out', fill: 'both' } as const;
  dot.animate({ transform: way }, options).addEventListener('finish', () => dot.remove());
}

async function ask(direction: Direction, condition: LinkState['condition']): Promise<void> {
  asked.set(direction, (asked.get(direction) ?? 0) + 1);
  await act({ do: 'link', direction, condition });
  asked.set(direction, (asked.get(direction) ?? 0) - 1);
}

export function listenToLinks(): void {
  for (const direction of directions) {
    const link = inside(document, `.link[data-direction=${direction}]`, HTMLElement);
    for (const condition of ['well', 'slow', 'cut'] as const) {
      const input = inside(link, `input[value=${condition}]`, HTMLInputElement);
      input.addEventListener('change', () => void ask(direction, condition));
    }
  }
}
