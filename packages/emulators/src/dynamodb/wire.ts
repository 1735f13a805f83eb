import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';

/** A JSON object of the AWS JSON 1.0 protocol, before anything is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What the service answers: a status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The member as an object, or an empty object where it is anything else. */
export function objectAt(body: JsonObject, name: string): JsonObject {
  const member = body[name];
  return isJsonObject(member) ? member : {};
}

/** The member as text, or `undefined` where it is anything else. */
export function textAt(body: JsonObject, name: string): string | undefined {
  const member = body[name];
  return typeof member === 'string' ? member : undefined;
}

const SHAPES_BY_CODE: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  SerializationException: 'com.amazon.coral.service',
  UnknownOperationException: 'com.amazon.coral.service',
  MissingAuthenticationTokenException: 'com.amazon.coral.service',
};

/** An error answer as both DynamoDB APIs shape it: `__type` carries the code after the `#`. */
export function refusal(code: string, message: string, status = 400): Answer {
  const shapes = SHAPES_BY_CODE[code] ?? 'com.amazonaws.dynamodb.v20120810';
  return { status, body: { __type: `${shapes}#${code}`, message } };
}

export function isRefusal(answer: Answer, code: string): boolean {
  return answer.status >= 400 && (textAt(answer.body, '__type') ?? '').endsWith(`#${code}`);
}

/** Writes the answer with the headers the service gives; returns the bytes of the body. */
export function send(response: ServerResponse, answer: Answer, now: number): number {
  const body = Buffer.from(JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    Date: new Date(now).toUTCString(),
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': body.byteLength,
    'x-amzn-RequestId': randomBytes(26).toString('hex').toUpperCase(),
    'x-amz-crc32': crc32(body),
  });
  response.end(body);
  return body.byteLength;
}
