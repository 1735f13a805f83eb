import type { Plan, Rates } from './plan.ts';
import type { Sabotage } from './sabotage/composition.ts';
import { epoch } from './scheduler.ts';
import { shrink } from './shrink.ts';
import type { Violation } from './stage.ts';
import type { TraceLine } from './trace.ts';

/** The command that plays a failing seed again. */
export function replayCommand({ seed, cells, policy }: Plan): string {
  return `npm run simulate -- --seed ${seed} --seeds 1 --cells ${cells} --policy ${policy}`;
}

const mostLines = 80;

function timeText(at: number): string {
  return `${((at - epoch) / 1_000).toFixed(3).padStart(12)} s`;
}

function lineText({ at, who, what, detail }: TraceLine): string {
  return `${timeText(at)}  ${who} ${what} ${detail}`.trimEnd();
}

/** What a failing seed comes down to: the invariant, a story with all left out that it does not take, and how to replay it. */
export async function storyOf(failing: Plan, { invariant }: Violation, sabotage?: Sabotage): Promise<string> {
  const { plan, world, violation } = await shrink(failing, invariant, sabotage);
  const faults = (Object.keys(plan.rates) as (keyof Rates)[]).filter((rate) => plan.rates[rate] > 0);
  const concerns = ({ stream }: TraceLine) =>
    stream === undefined || !violation.stream || stream === violation.stream;
  const lines = world.lines.filter(concerns).map(lineText);
  const left = lines.length - mostLines;
  const shown =
    left > 0
      ? [...lines.slice(0, 10), `${' '.repeat(16)}… ${left} lines left out`, ...lines.slice(left + 10)]
      : lines;
  return [
    `Seed ${failing.seed} breaks "${violation.invariant}"${violation.stream ? ` in ${violation.stream}` : ''}:`,
    `  ${violation.detail}`,
    '',
    `Of its ${failing.operations.length} operations it takes ${plan.operations.length}, with ${faults.join(', ') || 'no faults'}` +
      `${plan.incidents.length > 0 ? `, and: ${plan.incidents.map((incident) => JSON.stringify(incident)).join(' ')}` : ''}.`,
    ...shown,
    '',
    `Play it again: ${replayCommand(failing)}`,
  ].join('\n');
}
