/** What the stand-in answers, before the headers that every answer carries are added. */
export interface Answer {
  readonly status: number;
  readonly substatus?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text; absent for 204 and 304. */
  readonly body?: string;
  /** Request units; an estimate (see `request-charge.ts`). */
  readonly charge?: number;
  /** `x-ms-session-token`: the physical partition and its LSN. */
  readonly session?: string;
}

/** A request that the service refuses, thrown from anywhere below the router. */
export class Refused extends Error {
  readonly status: number;
  readonly substatus: number | undefined;

  constructor(status: number, message: string, substatus?: number) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.substatus = substatus;
  }
}

/** The service's error body: `{code, message}`. */
export function errorBody(status: number, message: string): string {
  return JSON.stringify({ code: errorCodes[status] ?? `Status${status}`, message });
}

/** The answer for a refusal. */
export function refusal(refused: Refused): Answer {
  const body = errorBody(refused.status, refused.message);
  const answer = { status: refused.status, body, charge: 1 };
  return refused.substatus === undefined ? answer : { ...answer, substatus: refused.substatus };
}

/** 404 for an item, database or container that is not there. */
export function notFound(): Refused {
  return new Refused(404, 'Entity with the specified id does not exist in the system.');
}

/** 404 where the thing asked for would live in something that is not there (substatus 1003). */
export function ownerNotFound(owner: string): Refused {
  return new Refused(404, `Owner resource does not exist: ${owner}.`, 1003);
}

const errorCodes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  424: 'FailedDependency',
  429: 'TooManyRequests',
  449: 'RetryWith',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
};
