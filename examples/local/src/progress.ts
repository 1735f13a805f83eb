import type { WriteStream } from 'node:tty';
import type { Progress } from './run.ts';

/** Shows what is going on: one line that is written over on a terminal, a line now and then elsewhere. */
export function createProgress(
  out: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean },
): Progress & { readonly say: (text: string) => void; readonly end: () => void } {
  let shown = '';
  let lastTenth = -1;
  const show = (text: string) => {
    if (!out.isTTY) return;
    out.write(`\r${text.padEnd(shown.length)}`);
    shown = text;
  };
  const say = (text: string) => {
    const over = shown === '' ? '' : `\r${' '.repeat(shown.length)}\r`;
    shown = '';
    out.write(`${over}${text}\n`);
  };
  return {
    say,
    onPlaying: (done, total) => {
      show(`  ${done} of ${total} requests`);
      const tenth = Math.floor((done / total) * 10);
      if (!out.isTTY && tenth > lastTenth) out.write(`  ${done} of ${total} requests\n`);
      lastTenth = tenth;
    },
    onOutage: (cell, state) =>
      say(state === 'down' ? `  ${cell} is DOWN` : `  ${cell} is back and catches up`),
    onSettling: (aws, azure) => show(`  settling: ${aws} events on AWS, ${azure} on Azure`),
    end: () => say(''),
  };
}
