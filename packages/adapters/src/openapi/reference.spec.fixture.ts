import { problems } from '../problem.ts';
import { examples } from './examples.ts';
import { type Operation, operations } from './operations.ts';

/** `docs/http-api.md`, made of what the OpenAPI document is made of. */
export function renderReference(): string {
  return `${[
    '# HTTP API',
    '',
    '<!-- Written by `npx node --conditions=twinlog-source scripts/write-http-api.mjs`; a test holds that it is up to date. -->',
    '',
    'The same on both clouds. `GET /openapi.json` has all of this for programs, [problems](problems.md) says what each code',
    'means and what to do about it. Every example below was sent to the API, and a test sends it again.',
    '',
    '| request | what it does |',
    '| --- | --- |',
    ...operations.map(
      ({ id, method, path, summary }) =>
        `| [\`${method.toUpperCase()} ${path}\`](#${id.toLowerCase()}) | ${summary} |`,
    ),
    '',
    'Every answer has `X-Request-Id`, `traceparent` where one was sent, `Cache-Control: no-store` and the security headers that',
    'OWASP asks of an API. An answer about a transaction has its version as `ETag`, and every answer the `Consistency-Token`: the',
    "transaction's, or the one that the client brought. `HEAD` works where `GET` does; `OPTIONS` answers 204 with `Allow`.",
    '',
    ...operations.flatMap(operationText),
  ].join('\n')}\n`;
}

function operationText(operation: Operation): string[] {
  const {
    id,
    method,
    path,
    summary,
    description,
    isOpen,
    parameters,
    successes,
    problems: codes,
  } = operation;
  const statuses = Object.entries(successes).map(
    ([status, success]) => `| ${status} | ${success.description} |`,
  );
  const byStatus = Map.groupBy(codes, (code) => problems.get(code)?.status ?? 422);
  const failures = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(
      ([status, ours]) =>
        `| ${status} | ${ours.map((code) => `[\`${code}\`](problems.md#${code})`).join(', ')} |`,
    );
  return [
    `## ${id}`,
    '',
    `\`${method.toUpperCase()} ${path}\`: ${summary}. ${description}`,
    '',
    `${isOpen ? 'No token needed.' : 'Needs a bearer token.'}${parameters.length > 0 ? ` Takes ${parameters.map((name) => `\`${name}\``).join(', ')}.` : ''}`,
    '',
    '| status | |',
    '| --- | --- |',
    ...statuses,
    ...failures,
    '',
    ...examples.filter((example) => example.operation === id).flatMap(exampleText),
  ];
}

function exampleText({ summary, request, response }: (typeof examples)[number]): string[] {
  const lines = (headers: Readonly<Record<string, string>>) =>
    Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const body = (value: unknown) => (value === undefined ? [] : ['', JSON.stringify(value, null, 2)]);
  return [
    `${summary}:`,
    '',
    '```http',
    `${request.method} ${request.path}`,
    ...lines(request.headers),
    ...body(request.body),
    '',
    `HTTP/1.1 ${response.status}`,
    ...lines(response.headers),
    ...body(response.body),
    '```',
    '',
  ];
}
