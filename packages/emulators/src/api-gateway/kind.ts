import type { HttpAnswer } from './result.ts';

/** How an API of either kind speaks of failures, and how long it waits. */
export interface ApiKind {
  readonly requestIdHeader: string;
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** The function threw, or returned what cannot be understood. */
  readonly failed: HttpAnswer;
  readonly timedOut: HttpAnswer;
  readonly tooLarge: HttpAnswer;
  /** The path does not begin with the stage. */
  readonly noSuchStage: HttpAnswer;
}

export const HTTP_API: ApiKind = {
  requestIdHeader: 'apigw-requestid',
  defaultTimeoutMs: 30_000,
  maxTimeoutMs: 30_000,
  failed: json(500, '{"message":"Internal Server Error"}'),
  timedOut: json(503, '{"message":"Service Unavailable"}'),
  tooLarge: json(413, '{"message":"Request Entity Too Large"}'),
  noSuchStage: json(404, '{"message":"Not Found"}'),
};

export const REST_API: ApiKind = {
  requestIdHeader: 'x-amzn-RequestId',
  defaultTimeoutMs: 29_000,
  // Beyond 29 s a quota increase is needed; five minutes is as far as it goes for regional APIs.
  maxTimeoutMs: 300_000,
  failed: json(502, '{"message": "Internal server error"}'),
  timedOut: json(504, '{"message": "Endpoint request timed out"}'),
  tooLarge: json(413, '{"message":"HTTP content length exceeded 10485760 bytes."}'),
  noSuchStage: json(403, '{"message":"Missing Authentication Token"}'),
};

function json(status: number, body: string): HttpAnswer {
  return { status, headers: [['content-type', 'application/json']], body: Buffer.from(body) };
}
