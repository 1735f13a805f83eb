/** A request that was sent to the API, and what it answered. Recorded by `scripts/write-http-api.mjs`. */
export interface Example {
  readonly name: string;
  readonly summary: string;
  readonly operation: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: object;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}
