/** Where a command writes: what it comes to, for people or for programs, and beside it how far it is. */
export interface Terminal {
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether somebody watches standard error: then progress is one line that changes. */
  readonly isWatched: boolean;
}

/** Prints the result: the object as one line of JSON where that was asked for, else the lines. */
export function print(terminal: Terminal, result: object, lines: readonly string[]): void {
  terminal.write(
    terminal.json
      ? `${visibleJson(JSON.stringify(result))}\n`
      : lines.map((line) => `${visible(line)}\n`).join(''),
  );
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A line as it may be shown: what strangers sent is in some, and could move the cursor, colour the screen or turn the
 * text around. Whatever is no character to look at is written as its code point.
 */
export function visible(line: string): string {
  return line.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** JSON that says the same, of such characters alone. */
function visibleJson(json: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(invisible, (character) => character.split('').map(escaped).join(''));
}

/** Has whoever watches see a line of progress no more. */
export const clearLine = '\r\u001b[K';

/** Tells of progress on standard error: at once to whoever watches, else whenever the text has something new to say. */
export function createProgress(terminal: Terminal): {
  readonly tell: (text: string) => void;
  readonly end: () => void;
} {
  let told = '';
  return {
    tell: (text) => {
      if (terminal.json || text === told) return;
      told = text;
      terminal.writeError(terminal.isWatched ? `${clearLine}${text}` : `${text}\n`);
    },
    end: () => {
      if (terminal.isWatched && told !== '') terminal.writeError(clearLine);
      told = '';
    },
  };
}

/** Columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, at) => Math.max(known[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A span of time for people: `850 ms`, `12.3 s`, `4 min`, `3 h`, `2 d`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

/** A moment for people, to the minute, as `--from` takes it: `2026-01-31T12:00Z`. */
export function minuteOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16)}Z`;
}
