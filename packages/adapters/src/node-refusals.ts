import type { IncomingMessage } from 'node:http';
import { type Answer, type Reply, replyTo } from './answer.ts';
import { maxHeaderSize } from './limits.ts';
import { problem } from './problem.ts';

/** What Node's server found wrong with bytes that it could not read as a request, by the code of its error. */
export function malformed(code: string | undefined): Answer {
  if (code === 'HPE_HEADER_OVERFLOW')
    return problem(
      'headers_too_large',
      `The headers have more than ${maxHeaderSize} characters. Send fewer, or shorter ones.`,
    );
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return problem('body_timeout', 'The request did not come in in time.');
  return problem('malformed_request', 'That was no HTTP request.');
}

/** RFC 9112, section 3.2: HTTP/1.1 must name its host; HTTP/1.0 need not. */
export function withoutHost({ headers, httpVersion }: IncomingMessage): Answer | undefined {
  if (headers.host !== undefined || httpVersion !== '1.1') return undefined;
  return problem('malformed_request', 'A request of HTTP/1.1 must have a Host header.');
}

export function unmetExpectation(): Answer {
  return problem('expectation_failed', 'No expectation is met here but 100-continue.');
}

/** CONNECT asks for a tunnel to somewhere else. */
export function noTunnel(): Answer {
  const allow = 'GET, HEAD, POST, OPTIONS';
  return problem('method_not_allowed', `This is no proxy: it takes ${allow}.`, { headers: { allow } });
}

/** The last answer on a connection that Node has no response for, as its bytes. */
export function lastWords(answer: Answer): string {
  const { status, headers, body }: Reply = replyTo(answer, { connection: 'close' }, false);
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} \r\n${head}\r\n${body}`;
}
