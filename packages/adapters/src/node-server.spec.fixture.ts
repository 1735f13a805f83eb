import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestCell, testCell } from './cell.spec.fixture.ts';
import { createNodeServer, type NodeApiServer } from './node-server.ts';

/** A server of the API on a port of its own. */
export async function listening(
  goodbyeMs = 0,
  options: Parameters<typeof testCell>[0] = {},
): Promise<TestCell & NodeApiServer & { readonly port: number }> {
  const cell = testCell(options);
  const { server, drain } = createNodeServer(cell.api, { goodbyeMs });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { ...cell, server, drain, port };
}

/** What comes back for bytes put on the wire as they are. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return (await socket.toArray()).join('');
}

/** The answers in what came back, each with its head in lower case. */
export function answersIn(
  received: string,
): { readonly status: number; readonly head: string; readonly body: string }[] {
  return received
    .split(/(?=HTTP\/1\.1 \d)/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      return { status: Number(head.slice(9, 12)), head: head.toLowerCase(), body };
    });
}
