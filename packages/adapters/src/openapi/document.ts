import { problems } from '../problem.ts';
import type { Example } from './example.ts';
import { examples } from './examples.ts';
import {
  type AnswerHeader,
  type Operation,
  operations,
  type ParameterName,
  type Success,
} from './operations.ts';
import { jsonSchemas } from './schemas.ts';

type Members = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const header = (name: string, description: string, schema: Members = text) => ({
  name,
  in: 'header',
  description,
  schema,
});

const parameters: Readonly<Record<ParameterName | 'traceparent' | 'X-Request-Id', Members>> = {
  transactionId: { name: 'transactionId', in: 'path', required: true, schema: text },
  accountId: {
    name: 'accountId',
    in: 'path',
    required: true,
    schema: { ...text, minLength: 1, maxLength: 128 },
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'Transactions a page.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  },
  after: {
    name: 'after',
    in: 'query',
    description: 'The `next` of the page before, as it was.',
    schema: text,
  },
  'Idempotency-Key': header(
    'Idempotency-Key',
    'Makes the request one that can be sent again: the same key with the same body has its first answer, for ever, on either cloud. Sent once, printable ASCII, no comma.',
    { ...text, pattern: '^[ -+\\--~]{1,128}$' },
  ),
  'If-Match': header(
    'If-Match',
    'An ETag as it was given: the command is refused where the transaction has changed since.',
  ),
  'If-None-Match': header('If-None-Match', 'ETags that the client has: 304 where one is current.'),
  'Consistency-Token': header(
    'Consistency-Token',
    'The last one given, by either cloud: no answer shows less than that one did. A cell that is behind waits a moment, then answers 503 `replica_behind`.',
  ),
  Prefer: header(
    'Prefer',
    '`wait=N`: rather wait N seconds (20 at most) for a decision than get a 202 (RFC 7240).',
  ),
  traceparent: header('traceparent', 'W3C Trace Context. Kept in the event, and sent back.'),
  'X-Request-Id': header(
    'X-Request-Id',
    'Sent back; without one, or one that cannot be sent back, the answer has its own.',
  ),
};

const headers: Readonly<Record<AnswerHeader | 'X-Request-Id' | 'traceparent' | 'WWW-Authenticate', Members>> =
  {
    ETag: { description: "The transaction's version vector.", schema: text },
    'Consistency-Token': { description: 'What this answer has seen. Bring back the last one.', schema: text },
    Location: { description: 'Where the transaction is.', schema: text },
    Link: { description: 'The next page, `rel="next"`; not on the last.', schema: text },
    'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
    'X-Request-Id': { description: 'What the logs name this request by.', schema: text },
    traceparent: { description: 'As it was sent.', schema: text },
    'WWW-Authenticate': { description: 'Bearer, and what is wrong with the token (RFC 6750).', schema: text },
  };

function headersOf(names: readonly string[]): Members {
  const all = [...names, 'X-Request-Id', 'traceparent'];
  return Object.fromEntries(all.map((name) => [name, ref('headers', name)]));
}

function namedExamples(found: readonly Example[], bodyOf: (example: Example) => unknown): Members {
  const named = found.filter((example) => bodyOf(example) !== undefined);
  if (named.length === 0) return {};
  const entries = named.map((example) => [
    example.name,
    { summary: example.summary, value: bodyOf(example) },
  ]);
  return { examples: Object.fromEntries(entries) };
}

function successOf({ description, content, headers: names }: Success, found: readonly Example[]): Members {
  const types = Object.entries(content).map(([type, name]) => {
    const ofType = found.filter(({ response }) => response.headers['content-type'] === type);
    return [
      type,
      { schema: ref('schemas', name), ...namedExamples(ofType, ({ response }) => response.body) },
    ];
  });
  return {
    description,
    headers: headersOf(names),
    ...(types.length > 0 && { content: Object.fromEntries(types) }),
  };
}

function problemsOf(status: number, codes: readonly string[], found: readonly Example[]): Members {
  const extra = status === 503 ? ['Retry-After'] : status === 401 ? ['WWW-Authenticate'] : [];
  return {
    description: `One of the codes ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: headersOf(extra),
    content: {
      'application/problem+json': {
        schema: ref('schemas', 'Problem'),
        ...namedExamples(
          found.filter(({ response }) => response.headers['content-type'] === 'application/problem+json'),
          ({ response }) => response.body,
        ),
      },
    },
  };
}

function responsesOf(operation: Operation): Members {
  const ours = examples.filter(({ operation: id }) => id === operation.id);
  const responses: Record<string, Members> = {};
  for (const [status, success] of Object.entries(operation.successes)) {
    const found = ours.filter(({ response }) => response.status === Number(status));
    responses[status] = successOf(success, found);
  }
  const byStatus = Map.groupBy(operation.problems, (code) => problems.get(code)?.status ?? 422);
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    const found = ours.filter(({ response }) => response.status === status);
    const problem = problemsOf(status, codes, found);
    const success = responses[status];
    // Health answers 503 with a body of its own, or, where the cell cannot even say that, with a problem.
    responses[status] = success
      ? { ...problem, ...success, content: { ...contentOf(success), ...contentOf(problem) } }
      : problem;
  }
  return responses;
}

function contentOf(response: Members): object {
  return typeof response.content === 'object' && response.content !== null ? response.content : {};
}

function operationOf(operation: Operation): Members {
  const { id, summary, description, isOpen, body } = operation;
  const taken = examples.filter(({ operation: name, response }) => name === id && response.status < 400);
  return {
    operationId: id,
    summary,
    description,
    tags: [tagOf(operation)],
    ...(isOpen && { security: [] }),
    parameters: [...operation.parameters, 'X-Request-Id', 'traceparent'].map((name) =>
      ref('parameters', name),
    ),
    ...(body && {
      requestBody: {
        required: body !== 'Nothing',
        content: {
          'application/json': {
            schema: ref('schemas', body),
            ...namedExamples(taken, ({ request }) => request.body),
          },
        },
      },
    }),
    responses: responsesOf(operation),
  };
}

function tagOf({ path }: Operation): string {
  if (path.startsWith('/transactions')) return 'Transactions';
  return path.startsWith('/accounts') ? 'Accounts' : 'Service';
}

/** The API as an OpenAPI 3.1 document: made of the schemas, the table of problems and the recorded examples. */
export function openApiDocument(): Members {
  const byPath = Map.groupBy(operations, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Twinlog',
      version: '1',
      summary: 'Transactions on two clouds at once.',
      description:
        'Either cloud takes every request. After a 503, or no answer, send the same request again, here or there. `HEAD` works where `GET` does; `OPTIONS` tells the methods.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Transactions', description: 'Create, capture, refund, end and read them.' },
      { name: 'Accounts', description: 'What belongs to an account.' },
      { name: 'Service', description: 'For whoever operates the service.' },
    ],
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      [...byPath].map(([path, ours]) => [
        path,
        Object.fromEntries(ours.map((operation) => [operation.method, operationOf(operation)])),
      ]),
    ),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token whose claim names the accounts that its holder may touch.',
        },
      },
      parameters,
      headers,
      schemas: jsonSchemas(),
    },
  };
}
