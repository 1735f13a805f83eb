import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Application } from 'typedoc';
import { publishedPackages, root } from '../packages/published.mjs';

/**
 * Writes the reference of each package's entry points from their docstrings, as Markdown in dist/reference.
 * @returns the pages, core's first.
 */
export async function generateReference() {
  const out = path.join(root, 'dist/reference');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const pages = [];
  for (const { folder, manifest } of await publishedPackages()) {
    const entryPoints = Object.values(manifest.exports)
      .filter((target) => typeof target === 'object')
      .map((target) => path.join(folder, target['twinlog-source']));
    const place = path.join(out, path.basename(folder));
    const app = await Application.bootstrapWithPlugins({
      plugin: ['typedoc-plugin-markdown'],
      name: manifest.name,
      entryPoints,
      tsconfig: path.join(folder, 'tsconfig.json'),
      outputs: [{ name: 'markdown', path: place }],
      readme: 'none',
      outputFileStrategy: 'modules',
      disableSources: true,
      hideBreadcrumbs: true,
      hidePageHeader: true,
      excludeInternal: true,
      expandObjects: false,
      excludeExternals: true,
      parametersFormat: 'table',
      interfacePropertiesFormat: 'table',
      classPropertiesFormat: 'table',
      typeDeclarationFormat: 'table',
      useCodeBlocks: true,
      groupOrder: ['Functions', 'Interfaces', 'Type Aliases', 'Classes', 'Variables'],
      skipErrorChecking: true,
      logLevel: 'Error',
      validation: { notExported: false, invalidLink: false, notDocumented: false },
      entryFileName: 'README',
    });
    const project = await app.convert();
    if (project === undefined) throw new Error(`typedoc cannot read ${manifest.name}.`);
    await app.generateOutputs(project);
    for (const [entry, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') continue;
      const module = target['twinlog-source'].replace(/^\.\/src\/|\.ts$|\/index\.ts$/g, '');
      const file = [`${module}.md`, 'README.md'].find((name) => existsSync(path.join(place, name)));
      if (file === undefined) throw new Error(`typedoc wrote no page for ${entry} of ${manifest.name}.`);
      const text = readFileSync(path.join(place, file), 'utf8');
      const title = path.posix.join(manifest.name, entry);
      writeFileSync(path.join(place, file), text.replace(/^# .*$/m, `# ${title}`));
      pages.push(path.posix.join('dist/reference', path.basename(folder), file));
    }
  }
  return pages;
}
