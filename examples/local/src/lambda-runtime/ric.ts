import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedOutside, installOutside, type Outside } from '../outside.ts';

/** AWS's own runtime client for Node, as in its base images; and Node as Terraform asks for it (`nodejs22.x`). */
export const ricVersion = '4.0.2';
export const nodeVersion = '22.23.3';

/**
 * How the client talks to the Runtime API: by the native module that it compiles of libcurl when it is installed, which
 * takes minutes on a small machine, or by `transport.ts` in that module's place, all the rest being its own.
 */
export type Transport = 'native' | 'stand-in';

export interface Ric {
  readonly transport: Transport;
  readonly node: string;
  readonly client: string;
}

function outside(transport: Transport): Outside {
  return {
    name: `lambda-ric-${ricVersion}-${nodeVersion}-${transport}`,
    dependencies: {
      'aws-lambda-ric': ricVersion,
      'lambda-node': `npm:node-linux-${process.arch}@${nodeVersion}`,
    },
    scripts: transport === 'native' ? ['aws-lambda-ric'] : [],
    finish: async (folder) => {
      const native = join(folder, 'node_modules/aws-lambda-ric/rapid-client.node');
      // It is resolved before it is loaded, and what loads it then is another.
      if (transport === 'native') await access(native);
      else await writeFile(native, '');
    },
  };
}

function ricIn(folder: string, transport: Transport): Ric {
  const modules = join(folder, 'node_modules');
  const client = join(modules, 'aws-lambda-ric/index.mjs');
  return { transport, node: join(modules, 'lambda-node/bin/node'), client };
}

/** The runtime client, if it was installed before. */
export async function installedRic(transport: Transport): Promise<Ric | undefined> {
  const folder = await installedOutside(outside(transport));
  return folder === undefined ? undefined : ricIn(folder, transport);
}

/** Installs the runtime client. @returns why it cannot be had, if so */
export async function installRic(transport: Transport): Promise<Ric | { readonly why: string }> {
  if (process.platform !== 'linux') return { why: 'aws-lambda-ric is for Linux alone.' };
  const made = await installOutside(outside(transport));
  return 'why' in made ? made : ricIn(made.folder, transport);
}

/** A runtime process, as Lambda starts it in an execution environment. */
export function startRuntime(
  { transport, node, client }: Ric,
  options: {
    readonly runtimeApi: string;
    readonly taskRoot: string;
    readonly handler: string;
    readonly variables: Readonly<Record<string, string>>;
  },
): { readonly process: ChildProcess; readonly output: () => string; readonly stop: () => Promise<void> } {
  const env = {
    ...options.variables,
    PATH: process.env.PATH,
    AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: 'api',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/api',
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: options.taskRoot,
    _HANDLER: options.handler,
  };
  const standIn = fileURLToPath(new URL('./transport.ts', import.meta.url));
  const preloaded =
    transport === 'stand-in' ? ['--disable-warning=ExperimentalWarning', '--import', standIn] : [];
  const child = spawn(node, [...preloaded, client], {
    cwd: options.taskRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return {
    process: child,
    output: () => output,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
