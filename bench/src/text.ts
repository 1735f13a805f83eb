import type { Spread } from './rounds.ts';

export const whole: Intl.NumberFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const ratio = ({ median, min, max }: Spread): string =>
  `${median.toFixed(2)}×  (${min.toFixed(2)}–${max.toFixed(2)})`;

export const perSecond = ({ median, min, max }: Spread): string =>
  `${whole.format(median)}/s  (${whole.format(min)}–${whole.format(max)})`;

export const verdict = (goal: string, met: boolean): string =>
  `  ${met ? 'goal met' : 'goal missed'}: ${goal}`;

/** Columns side by side, as wide as they must be. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd(),
  );
}
