import { fileURLToPath } from 'node:url';
import { parseArguments, UsageError, usage } from './arguments.ts';
import { readTraffic } from './traffic.ts';

const defaultTraffic = fileURLToPath(new URL('../traffic.ndjson', import.meta.url));

// Whoever has read enough closes the pipe (`… | head`): that is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

try {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed) {
    const lines = readTraffic(parsed.traffic ?? defaultTraffic);
    // What is wrong with the arguments is said at once: the SDKs of two clouds take a second to load.
    const { main } = await import('./main.ts');
    process.exit(await main(lines, parsed));
  }
  process.stdout.write(`${usage}\n`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
