import {
  allCases,
  alphabet,
  type Case,
  expectedOf,
  type Given,
  givens,
  type Letter,
  letters,
  neverAccepted,
  type Step,
  transitions,
} from './decision-table.fixture.ts';

const effective = letters.filter((letter) => !neverAccepted.includes(letter));

/** The cases that the data file lists: all that are not one of these with a command that is never accepted. */
const listed: readonly Case[] = (['open', 'half captured'] as const).flatMap((given) => [
  ...allCases(given, 2, effective),
  ...allCases(given, 3, effective),
]);

/** `docs/decision-table.csv`: one case a line. */
export function renderDecisionData(): string {
  const lines = listed.map((one) => {
    const { outcomes, state } = expectedOf(one);
    return `${one.given},${nameOf(one)},${outcomes.join(' ')},"${state}"`;
  });
  return `given,commands in canonical order,outcomes,state\n${lines.join('\n')}\n`;
}

function nameOf({ steps }: Case): string {
  return steps.map(({ letter, cell }) => `${letter}@${cell}`).join(' ');
}

/** A table with its columns aligned. */
function grid(corner: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [[corner, ...header], ...rows];
  const widths = [corner, ...header].map((_, column) =>
    Math.max(3, ...all.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(all[0] ?? []), rule, ...rows.map(line)].join('\n');
}

/** Prose in lines of at most 115 characters; all but the first are indented as a list's are where it is an item. */
function wrapped(text: string): string {
  const indent = text.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= 115) line = longer;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line].join('\n');
}

/** An outcome in words, as it stands in the document. */
function inWords(outcome: string): string {
  if (outcome === '+') return 'stands';
  return outcome.startsWith('!') ? `**lost** \`${outcome.slice(1)}\`` : `refused \`${outcome.slice(1)}\``;
}

function transitionTable(): string {
  const rows = [...transitions].map(([state, row]) => [
    state,
    ...letters.map((letter) => {
      const to = row.get(letter) ?? '';
      return to.startsWith('!') ? `\`${to.slice(1)}\`` : `→ ${to}`;
    }),
  ]);
  return grid('state', letters, rows);
}

/** What becomes of the second command of a pair, by the first one's row and the second one's column. */
function pairMatrix(given: Given, second: Step['cell']): string {
  const outcomeOf = (steps: readonly Step[]) => expectedOf({ given, steps }).outcomes;
  const rows = letters.map((first) => {
    const opening: Step = { letter: first, cell: 'A' };
    const [alone = ''] = outcomeOf([opening]);
    return [
      `**${first}** ${inWords(alone)}`,
      ...letters.map((letter) => inWords(outcomeOf([opening, { letter, cell: second }])[1] ?? '')),
    ];
  });
  return grid('first, then', letters, rows);
}

interface TripleClass {
  readonly standing: number;
  readonly refused: number;
  readonly lost: string;
  readonly example: string;
  count: number;
}

/** The triples of a given, by how many stand and are refused, and by which rules how many lost. */
function tripleClasses(given: Given): string {
  const classes = new Map<string, TripleClass>();
  for (const one of allCases(given, 3, effective)) {
    const { outcomes } = expectedOf(one);
    const starting = (mark: string) => outcomes.filter((outcome) => outcome.startsWith(mark));
    const [standing, refused] = [starting('+').length, starting('-').length];
    const lost = starting('!')
      .map((outcome) => `\`${outcome.slice(1)}\``)
      .sort()
      .join(', ');
    const key = `${3 - standing - refused} ${refused} ${lost}`;
    const known = classes.get(key);
    if (known) known.count += 1;
    else classes.set(key, { standing, refused, lost, example: `${nameOf(one)}`, count: 1 });
  }
  const rows = [...classes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { standing, refused, lost, example, count }]) => [
      String(standing),
      String(refused),
      lost || 'none',
      String(count),
      `\`${example}\``,
    ]);
  return grid('stand', ['refused', 'lost, and by which rule', 'triples', 'for example'], rows);
}

/** `docs/decision-table.md`. */
export function renderDecisionTable(): string {
  const commands = letters.map((letter: Letter) => [`\`${letter}\``, alphabet[letter]]);
  const pairs = givens.flatMap((given) => [
    `### ${given[0]?.toUpperCase()}${given.slice(1)}`,
    'Decided by two cells, neither of which had heard of the other’s command:',
    pairMatrix(given, 'B'),
    'Decided by one cell, the first known when the second was decided:',
    pairMatrix(given, 'A'),
  ]);
  const triples = givens
    .slice(0, 2)
    .flatMap((given) => [`### ${given[0]?.toUpperCase()}${given.slice(1)}`, tripleClasses(given)]);
  const blocks = [
    '# Two cells, two or three commands: what becomes of each',
    wrapped(
      'Under `any-cell` every cell decides at once, on what it has heard of. This is every outcome that two cells can ' +
        'come to with two or three commands on one transaction of 2 units, each command with a key of its own. The ' +
        'cells hear of each other’s decisions only afterwards; what a cell decides itself it knows at once.',
    ),
    wrapped(
      '`npx node scripts/write-decision-table.mjs` writes this page and `decision-table.csv` from a table of states ' +
        'that knows nothing of the code. `packages/core/src/transaction/decision-table.spec.ts` then plays each case ' +
        'on two cells with the production service and fold, and holds every outcome against it.',
    ),
    'A command',
    [
      '- **stands**: it was accepted and has its effect;',
      '- is **refused**: the cell that decided it said no, with this code, and no is the answer for ever;',
      '- **lost**: its cell said yes, and at its place in canonical order it breaks this rule. It is a conflict: without ' +
        'effect, reported, settled by the home. A capture that lost is refunded and a refund that lost is collected; ' +
        'for the others nothing is due, for they moved no money.',
    ]
      .map(wrapped)
      .join('\n'),
    'Nothing here is ever silent: of what was accepted, all that does not stand has lost, with a code.',
    '## The commands',
    grid('letter', ['command'], commands),
    '## One cell alone: the states',
    'Where a command leads from each state, or the code that it is refused with.',
    transitionTable(),
    '## Pairs',
    wrapped(
      'The row is the command that is first in canonical order, with what became of it; its column says what becomes ' +
        'of the second. A first command that was refused makes no difference to the second.',
    ),
    ...pairs,
    '## Triples',
    wrapped(
      'All orders of three commands in all distributions over two cells, by what becomes of them. `C1@A` is a `C1` ' +
        'decided by cell A; A always has the first, since it makes no difference which cell is called A. The full list, ' +
        `pairs included, is in [decision-table.csv](decision-table.csv) (${listed.length} cases): \`+\` stands, ` +
        '`-code` was refused, `!code` lost. `E` and `F` are accepted in no state here, so a case with one of them is ' +
        'the case without it; and without an expiry, `X` is one more such. They are left out of the list and played ' +
        'all the same.',
    ),
    ...triples,
  ];
  return `${blocks.join('\n\n')}\n`;
}
