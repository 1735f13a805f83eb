// Whether every cell answers, by its own name: `terraform output -json cell_urls | node every-cell-answers.mjs`. Needs no package.
//
// A cell that an operator has drained answers 503 on /health, like one that is broken, and tells nobody there why. So it is asked
// for something of its API too: `cell_not_ready` comes from a cell that runs and has read in its database that it is to take no
// requests (drained, not joined yet, not reconciled yet after a restore), before it asks who calls. That is a warning, and no failure of a
// deployment. TRIES and WAIT_SECONDS: how often, and how far apart, each is asked.
import { text } from 'node:stream/consumers';

const tries = Number(process.env.TRIES ?? 10);
const waitMs = 1000 * Number(process.env.WAIT_SECONDS ?? 10);
const ask = (url) => fetch(url, { signal: AbortSignal.timeout(30_000) });

/** What a cell is found to be; `wrong` where it should be another thing after a deployment. */
async function look(name, url) {
  try {
    const { status } = await ask(`${url}/health`);
    if (status === 200) return { said: `${name} answers` };
    const problem = await (await ask(`${url}/transactions/none`)).json().catch(() => undefined);
    if (status === 503 && problem?.code === 'cell_not_ready')
      return {
        said: `::warning::${name} runs, and takes no requests by the assignment in force: drained, or not let in yet. npx twinlog status says which.`,
      };
    return { wrong: `::error::${name} does not answer: ${status} from ${url}/health` };
  } catch (error) {
    return { wrong: `::error::${name} does not answer: ${error.cause?.message ?? error.message}` };
  }
}

const cells = Object.entries(JSON.parse(await text(process.stdin)));
if (cells.length === 0) throw new Error('There is no cell to ask.');
for (const [name, url] of cells) {
  let found = await look(name, url);
  for (let tried = 1; found.wrong !== undefined && tried < tries; tried += 1) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    found = await look(name, url);
  }
  if (found.said !== undefined) console.log(found.said);
  else {
    console.error(found.wrong);
    process.exitCode = 1;
  }
}
