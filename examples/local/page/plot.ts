import { byId, make, say } from './dom.ts';

/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** `series-a` and so on: its colour. */
  readonly className: string;
  /** One a second, the newest last; null where there is nothing. */
  readonly values: readonly (number | null)[];
}

export interface Plot {
  readonly title: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** There is nothing between two whole numbers. */
  readonly isWhole?: boolean;
}

const seconds = 120;
const height = 120;
const left = 44;
const bottom = 16;

/** Draws a plot into a figure, with the newest values in words beside its title. */
export function draw(id: string, { title, series, format, isWhole = false }: Plot): void {
  const figure = byId(id, HTMLElement);
  if (!figure.firstChild) {
    const legend = make('span', 'legend', ...series.map(({ className }) => make('span', className)));
    figure.append(make('figcaption', '', make('span', '', title), legend), canvas());
  }
  const newest = series.map(({ name, values }) => {
    const value = values.findLast((one) => one !== null);
    return `${name} ${value === undefined || value === null ? '–' : format(value)}`;
  });
  figure.querySelectorAll('.legend > span').forEach((entry, index) => {
    say(entry, newest[index] ?? '');
  });
  const svg = figure.querySelector('svg');
  if (!svg) return;
  // A unit is a pixel, whatever the width: text is never stretched.
  const width = svg.clientWidth || 360;
  svg.setAttribute('viewBox', `0 0 ${width} ${height + 10}`);
  svg.setAttribute('aria-label', `${title}, the last two minutes. Now: ${newest.join(', ')}.`);
  const highest = niceAbove(
    Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))),
  );
  const y = (value: number) => (height - bottom) * (1 - value / highest) + 6;
  const x = (index: number, count: number) =>
    left + ((width - left) * (seconds - count + index)) / (seconds - 1);
  const shares = isWhole && highest % 2 === 1 ? [0, 1] : [0, 0.5, 1];
  const parts = shares.flatMap((share) => [
    line(left, y(highest * share), width),
    label(left - 6, y(highest * share) + 4, 'end', format(highest * share)),
  ]);
  for (const { className, values } of series) {
    const shown = values.slice(-seconds);
    const points = shown.flatMap((value, index) =>
      value === null ? [] : [{ at: index, x: x(index + 1, shown.length), y: y(value) }],
    );
    for (const run of runsOf(points)) {
      const [first, last] = [run[0], run.at(-1)];
      if (!first || !last) continue;
      const path = run.map((point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join('L');
      parts.push(shape('path', `area ${className}`, { d: `M${path}L${last.x} ${y(0)}L${first.x} ${y(0)}Z` }));
      // Of a single point, a line without length is drawn as a dot.
      parts.push(shape('path', `line ${className}`, { d: `M${path}${run.length === 1 ? 'h0' : ''}` }));
    }
  }
  parts.push(label(left, height + 6, 'start', '2 min ago'), label(width, height + 6, 'end', 'now'));
  svg.replaceChildren(...parts);
}

/** How many seconds without a value are bridged by a line; over more of them it would tell of what nobody measured. */
const bridged = 3;

/** Points in runs without a longer gap. */
function runsOf<Point extends { readonly at: number }>(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && point.at - before.at <= bridged + 1) run.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** The least of 1, 2, 5, 10, 20, 50 … that is not below a value. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

function canvas(): SVGElement {
  return shape('svg', '', { role: 'img' });
}

function shape(name: string, className: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  if (className) made.setAttribute('class', className);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function line(x: number, y: number, to: number): SVGElement {
  return shape('line', 'grid', { x1: `${x}`, x2: `${to}`, y1: `${y}`, y2: `${y}` });
}

function label(x: number, y: number, anchor: string, text: string): SVGElement {
  const made = shape('text', '', { x: `${x}`, y: `${y}`, 'text-anchor': anchor });
  made.textContent = text;
  return made;
}
