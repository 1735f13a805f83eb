/**
 * Stands in, when it is preloaded, for `rapid-client.node`: the native module of aws-lambda-ric, whose three functions
 * speak HTTP to the Runtime API. For machines that cannot compile it, or have no time to.
 */
import { createRequire } from 'node:module';

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

/** The native module posts before it returns; here, what comes next waits for the post. */
let posted: Promise<void> = Promise.resolve();

function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
  posted = posted.then(async () => {
    const answer = await fetch(`${base}/${path}`, { method: 'POST', body, headers });
    if (answer.status !== 202) throw new Error(`The Runtime API answered ${answer.status}.`);
  });
}

const nativeClient = {
  next: async () => {
    await posted;
    const answer = await fetch(`${base}/next`);
    return { bodyJson: await answer.text(), headers: Object.fromEntries(answer.headers) };
  },
  done: (id: string, body: string) => post(`${id}/response`, body),
  error: (id: string, body: string, xray: string) =>
    post(`${id}/error`, body, { 'lambda-runtime-function-xray-error-cause': xray }),
};

const { extensions } = createRequire(import.meta.url);
const native = extensions['.node'];
extensions['.node'] = (module, filename) => {
  if (filename.endsWith('rapid-client.node')) module.exports = nativeClient;
  else native(module, filename);
};
