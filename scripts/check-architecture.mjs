// Holds the table of packages: who may import whom, and what from outside. `npm run architecture`.
import { cruise } from 'dependency-cruiser';

const spec = '\\.(spec|fixture)\\.ts$';
const ours = '^(packages|examples)/[^/]+/src/|^bench/src/';
const place = (name) => `^${name.replace('-', '\\-')}/src/`;

/** A package may import these of ours; its specs may also import the emulators. */
const mayImport = {
  'packages/core': [],
  'packages/store-dynamodb': ['packages/core'],
  'packages/store-cosmos': ['packages/core'],
  'packages/bridge': ['packages/core'],
  'packages/adapters': ['packages/core'],
  'packages/emulators': [],
  'packages/simulator': ['packages/core', 'packages/bridge'],
  'packages/soak': [
    'packages/core',
    'packages/bridge',
    'packages/adapters',
    'packages/store-cosmos',
    'packages/store-dynamodb',
    'packages/emulators',
    'packages/simulator',
  ],
};

const forbidden = [
  ...Object.entries(mayImport).flatMap(([from, to]) => {
    const allowed = [from, ...to].map(place);
    return [
      {
        name: `${from} imports of ours only ${to.join(', ') || 'nothing'}`,
        severity: 'error',
        from: { path: place(from), pathNot: spec },
        to: { path: ours, pathNot: allowed },
      },
      {
        name: `the specs of ${from} also import the emulators, and nothing more`,
        severity: 'error',
        from: { path: `${place(from)}.*${spec}` },
        to: { path: ours, pathNot: [...allowed, place('packages/emulators')] },
      },
    ];
  }),
  {
    name: 'core imports only zod, ulid and node:crypto from outside',
    severity: 'error',
    from: { path: place('packages/core'), pathNot: [spec, '^packages/core/src/testing/'] },
    to: { pathNot: [place('packages/core'), 'node_modules/(zod|ulid)/', '^(node:)?crypto$'] },
  },
  {
    name: "core's testing entry also imports vitest and fast-check",
    severity: 'error',
    from: { path: '^packages/core/src/testing/', pathNot: spec },
    to: {
      pathNot: [
        place('packages/core'),
        'node_modules/(zod|ulid|vitest|@vitest|fast-check)/',
        '^(node:)?(crypto|fs/promises|timers/promises)$',
      ],
    },
  },
  {
    name: 'nothing imports a spec',
    severity: 'error',
    from: { pathNot: spec },
    to: { path: spec },
  },
  {
    name: 'no circles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  { name: 'every import is found', severity: 'error', from: {}, to: { couldNotResolve: true } },
];

const roots = [...Object.keys(mayImport), 'examples/infra', 'examples/local', 'examples/guides', 'bench'];
const { output } = await cruise(
  roots.map((root) => `${root}/src`),
  {
    ruleSet: { forbidden },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['twinlog-source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
);

const seen = new Map(roots.map((root) => [root, 0]));
for (const { source } of output.modules) {
  for (const root of roots) if (source.startsWith(`${root}/src/`)) seen.set(root, seen.get(root) + 1);
}
for (const { from, to, rule } of output.summary.violations)
  console.error(`${from} → ${to}\n  breaks: ${rule.name}`);
const blind = [...seen].filter(([, count]) => count === 0).map(([root]) => root);
if (blind.length > 0) console.error(`No modules were seen in ${blind.join(', ')}: the check proves nothing.`);
const total = [...seen.values()].reduce((sum, count) => sum + count, 0);
const crossings = output.modules.reduce((sum, module) => sum + module.dependencies.length, 0);
if (crossings === 0) console.error('No imports were seen: the check proves nothing.');
console.log(
  `architecture: ${total} modules, ${crossings} imports, ${output.summary.violations.length} violations`,
);
process.exit(output.summary.violations.length > 0 || blind.length > 0 || crossings === 0 ? 1 : 0);
