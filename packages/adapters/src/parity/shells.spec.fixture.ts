import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { HttpRequest, HttpResponse } from '@azure/functions';
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { apiGateway, type GatewayResult } from '../api-gateway.ts';
import type { ApiRequest } from '../api-request.ts';
import { azureFunctions } from '../azure-functions.ts';
import { nodeServer } from '../node-server.ts';
import { replier, type WebHandler } from '../replier.ts';

/** A request as its bytes say it. */
export interface Sent {
  readonly method: string;
  /** Percent-encoded, as in the request line. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An answer as its client sees it, without what the server adds of its own. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Takes a request to the API by way of one shell. */
export type Way = (api: WebHandler, sent: Sent) => Promise<Got>;

function joined(headers: Sent['headers'], separator: string): Record<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of headers) {
    const before = all.get(name.toLowerCase());
    all.set(name.toLowerCase(), before === undefined ? value : before + separator + value);
  }
  return Object.fromEntries(all);
}

function split(target: string): [path: string, query: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** As API Gateway does: text where the content type says so, else base64. */
function gatewayBody({ headers, body }: Sent): { body: string | undefined; isBase64Encoded: boolean } {
  if (body.length === 0) return { body: undefined, isBase64Encoded: false };
  const type = joined(headers, ',')['content-type'] ?? '';
  const isText = /^(text\/|application\/(json|xml|javascript))/.test(type) && isUtf8(body);
  return { body: Buffer.from(body).toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** An event of an HTTP API in payload format 2.0: the path decoded, repeated headers joined by commas. */
export function eventV2(sent: Sent, decode = true): APIGatewayProxyEventV2 {
  const [path, query] = split(sent.target);
  const { cookie, ...headers } = joined(sent.headers, ',');
  const { body, isBase64Encoded } = gatewayBody(sent);
  const rawPath = decode ? decodedPath(path) : path;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/; ?/) }),
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      domainName: 'api-id.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'api-id',
      http: {
        method: sent.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'agent',
      },
      requestId: 'request-id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  };
}

/** An event of a REST API: the path as sent, names and values of the query decoded, repeated headers apart. */
export function eventV1(sent: Sent): APIGatewayProxyEvent {
  const [path, query] = split(sent.target);
  const multiValueHeaders: Record<string, string[]> = {};
  for (const [name, value] of sent.headers) {
    multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), value];
  }
  const parameters = new URLSearchParams(`?${query}`);
  const names = [...new Set(parameters.keys())];
  const { body, isBase64Encoded } = gatewayBody(sent);
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: sent.method,
    headers: Object.fromEntries(sent.headers),
    multiValueHeaders,
    queryStringParameters: names.length === 0 ? null : Object.fromEntries(parameters),
    multiValueQueryStringParameters:
      names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, parameters.getAll(name)])),
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      authorizer: undefined,
      protocol: 'HTTP/1.1',
      httpMethod: sent.method,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '192.0.2.1',
        user: null,
        userAgent: null,
        userArn: null,
      },
      path,
      stage: 'prod',
      requestId: 'request-id',
      requestTimeEpoch: 1_773_342_238_000,
      resourceId: 'resource',
      resourcePath: '/{proxy+}',
    },
    body: body ?? null,
    isBase64Encoded,
  };
}

function gatewayAnswer({ statusCode, headers, body, isBase64Encoded }: GatewayResult): Got {
  return {
    status: statusCode,
    headers,
    body: isBase64Encoded ? Buffer.from(body, 'base64').toString() : body,
  };
}

export const throughHttpApi: Way = async (api, sent) => gatewayAnswer(await apiGateway(api)(eventV2(sent)));

export const throughRestApi: Way = async (api, sent) => gatewayAnswer(await apiGateway(api)(eventV1(sent)));

/** The SDK's own request: it cannot be made with TRACE, so that method is put on it afterwards. */
export function functionsRequest({ method, target, headers, body }: Sent): HttpRequest {
  const isForbidden = method === 'TRACE' || method === 'CONNECT';
  const mayHaveBody = method !== 'GET' && method !== 'HEAD';
  const request = new HttpRequest({
    method: isForbidden ? 'POST' : method,
    url: `https://cell.azurewebsites.net${target}`,
    headers: joined(headers, ', '),
    ...(mayHaveBody && body.length > 0 && { body: { bytes: body } }),
  });
  if (isForbidden) Object.defineProperty(request, 'method', { value: method });
  return request;
}

export const throughFunctions: Way = async (api, sent) => {
  const answered = new HttpResponse(await azureFunctions(api)(functionsRequest(sent)));
  return {
    status: answered.status,
    headers: Object.fromEntries(answered.headers),
    body: await answered.text(),
  };
};

const ofTheServer = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);

/** A real server on a loopback port, for as many APIs as come. */
export async function startNodeWay(): Promise<{ readonly through: Way; readonly stop: () => Promise<void> }> {
  let current: WebHandler = async () => new Response();
  const handler: WebHandler = Object.assign((request: Request) => current(request), {
    reply: (request: ApiRequest) => replier(current)(request),
  });
  const server = createServer(nodeServer(handler));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP port.');
  const agent = new Agent({ keepAlive: true });
  return {
    through: async (api, { method, target, headers, body }) => {
      current = api;
      const several = new Map<string, string[]>();
      for (const [name, value] of headers) {
        const before = several.get(name.toLowerCase()) ?? [];
        several.set(name.toLowerCase(), [...before, value]);
      }
      const request = httpRequest({
        host: '127.0.0.1',
        port: address.port,
        agent,
        method,
        path: target,
        headers: Object.fromEntries(several),
      });
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject);
      });
      if (body.length > 0) request.setHeader('Content-Length', body.length);
      request.end(body);
      const response = await answered;
      const chunks: Buffer[] = await response.toArray();
      const kept = Object.entries(response.headers).filter(([name]) => !ofTheServer.has(name));
      return {
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
        body: Buffer.concat(chunks).toString(),
      };
    },
    stop: async () => {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
