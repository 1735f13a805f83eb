import type { SoakProgress, SoakResult } from './run.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const megabytes = (bytes: number): string => `${whole.format(bytes / 1_048_576)} MB`;
const mark = (holds: boolean): string => (holds ? '✓' : '✗');

export function progressText({ events, of, underWay, doing }: SoakProgress): string {
  const rest = doing === 'traffic' ? '' : `, ${doing}`;
  return `${whole.format(events)} of ${whole.format(of)} events, ${whole.format(underWay)} under way${rest}`;
}

/** The result for people. */
export function reportText(result: SoakResult): string {
  const { memory, acknowledged, faults, deadLetters } = result;
  const struck = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const list = (counts: Readonly<Record<string, number>>): string[] =>
    Object.entries(counts).map(([name, count]) => `      ${whole.format(count).padStart(9)}  ${name}`);
  const decided = Object.entries(acknowledged).map(
    ([origin, { count }]) => `${whole.format(count)} by ${origin}`,
  );
  return [
    '',
    `  events           ${whole.format(result.events)}: ${decided.join(', ')}; seed ${result.seed}`,
    `  took             ${result.seconds.toFixed(1)} s, ${whole.format(result.events / result.seconds)} events/s`,
    `${mark(result.lost === 0)} lost             ${result.lost}`,
    `${mark(result.twice === 0)} twice            ${result.twice}; ${whole.format(result.foldedStreams)} streams folded in both cells`,
    `${mark(result.digestsEqual)} logs             ${result.digestsEqual ? 'equal, and just what was acknowledged' : 'differ'}; healed ${result.healingSeconds.toFixed(1)} s after the last command`,
    `${mark(result.memoryFlat)} memory           peak ${megabytes(memory.peak)}; heap at most ${megabytes(memory.peakHeap)}, ${memory.slope.toFixed(1)} bytes an event`,
    `  reconciled       ${whole.format(result.reconciled)} events that the transport had lost, or had not brought yet`,
    `  faults           ${whole.format(struck)}`,
    ...list(faults),
    `${mark(result.unparked === 0)} dead letters     each poison record is one`,
    ...list(deadLetters),
    '',
    result.passed ? 'PASS' : 'FAIL',
    '',
  ].join('\n');
}
