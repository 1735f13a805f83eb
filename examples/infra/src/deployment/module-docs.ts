import { type Body, type HclModule, isBody } from './hcl.ts';

const line = (text: unknown): string => String(text ?? '').replaceAll('|', '\\|');

/** A type as it is written, on one line; an object's attributes are left to the file. */
function typeOf(variable: Body): string {
  const text = String(variable.type ?? '').replace(/^\$\{|\}$/g, '');
  return text.includes('\n') || text.length > 40 ? `${text.replace(/\(.*/s, '')}(…)` : text;
}

function defaultOf(variable: Body): string {
  if (!('default' in variable)) return 'needed';
  const value = variable.default;
  if (isBody(value) && Object.keys(value).length === 0) return 'see the file';
  return `\`${JSON.stringify(value)}\``;
}

/** The variables and outputs of a module as two tables: what stands between the marks of its README. */
export function moduleTables({ variables, outputs }: HclModule): string {
  const inputs = [...variables].map(
    ([name, body]) =>
      `| \`${name}\` | ${line(typeOf(body))} | ${line(defaultOf(body))} | ${line(body.description)} |`,
  );
  const results = [...outputs].map(([name, { description }]) => `| \`${name}\` | ${line(description)} |`);
  return [
    '| variable | type | default | |',
    '| --- | --- | --- | --- |',
    ...inputs,
    ...(results.length === 0 ? [] : ['', '| output | |', '| --- | --- |', ...results]),
  ].join('\n');
}

/** A text with something put between two of its marks: `<!-- name -->` and the next `<!-- end -->`. */
export function between(text: string, name: string, content: string): string {
  const open = `<!-- ${name} -->\n`;
  const start = text.indexOf(open);
  const end = text.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0) throw new Error(`There is no "<!-- ${name} -->" with an end.`);
  return `${text.slice(0, start + open.length)}${content}\n${text.slice(end)}`;
}

/** A README with the tables of a module put between its marks, `<!-- aws: variables -->`. */
export function withTables(readme: string, name: string, module: HclModule): string {
  return between(readme, `${name}: variables`, moduleTables(module));
}

/** Which README has the tables of which folders, by their marks. */
export const documented: readonly {
  readonly readme: string;
  readonly parts: readonly (readonly [mark: string, folder: string])[];
}[] = [
  { readme: 'README.md', parts: [['root', '.']] },
  ...['aws-cell', 'azure-cell', 'routing', 'mesh'].map((name) => ({
    readme: `modules/${name}/README.md`,
    parts: [[name, `modules/${name}`]] as const,
  })),
  ...[
    ['dns', 'aws', 'azure', 'certificate'],
    ['federation', 'aws', 'azure'],
    ['observability', 'aws', 'azure'],
  ].map(([name, ...parts]) => ({
    readme: `modules/${name}/README.md`,
    parts: parts.map((part) => [part, `modules/${name}/${part}`] as const),
  })),
];
