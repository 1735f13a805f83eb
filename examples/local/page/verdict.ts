import type { LiveVerdict, Now, Script } from '../src/console/state.ts';
import { byId, say } from './dom.ts';

/** The figures, and when each is good or bad news. */
const figures: readonly (readonly [
  name: keyof LiveVerdict,
  tone: (count: number, verdict: LiveVerdict) => string,
])[] = [
  ['acknowledged', () => ''],
  ['inBoth', (count, { acknowledged }) => (count > 0 && count === acknowledged ? 'good' : '')],
  ['onTheirWay', (count) => (count > 0 ? 'wait' : '')],
  ...(['lost', 'appliedTwice', 'staleReads'] as const).map(
    (name) => [name, (count: number) => (count > 0 ? 'bad' : 'good')] as const,
  ),
  ['conflicts', (count) => (count > 0 ? 'wait' : '')],
];

export function showVerdict({ verdict, script, policy }: Now): void {
  byId('verdict', HTMLElement).dataset.standing = verdict.standing;
  say(byId('sentence', HTMLElement), verdict.sentence);
  for (const [name, tone] of figures) {
    const figure = byId(name, HTMLElement);
    say(figure, String(verdict[name]));
    figure.dataset.tone = tone(Number(verdict[name]), verdict);
  }
  say(byId('policy', HTMLElement), `One log, two clouds · ${policy}`);
  showScript(script);
}

/** While the script plays, the matrix is its own: nothing can be pressed, and it is said why. */
function showScript(script: Script): void {
  const isOver = script.kind === 'over';
  const notice = byId('script', HTMLElement);
  notice.hidden = isOver;
  for (const control of document.querySelectorAll('button, fieldset, #per-second'))
    control.toggleAttribute('disabled', !isOver);
  const summary = byId('script-summary', HTMLElement);
  summary.hidden = !isOver;
  const text = byId('script-text', HTMLElement);
  const progress = byId('script-progress', HTMLProgressElement);
  if (script.kind === 'over') {
    say(summary, `The scripted run: ${script.verdict.toUpperCase()}. ${script.summary}`);
  } else if (script.kind === 'settling') {
    say(text, 'The scripted run is over: both databases are being read');
    progress.removeAttribute('value');
  } else {
    say(text, 'The scripted run: after it the cells are yours');
    progress.max = Math.max(script.total, 1);
    progress.value = script.done;
  }
}
