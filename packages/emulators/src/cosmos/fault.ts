/** What a request is about, for faults and for counting. */
export interface CosmosOperation {
  readonly kind: CosmosOperationKind;
  readonly database?: string;
  readonly container?: string;
  /** The parsed partition key: its one value, or all of them for a hierarchical key. */
  readonly partitionKey?: unknown;
  readonly id?: string;
}

/** `metadata` is everything that is not about items: account, databases, containers, ranges, query plans. */
export type CosmosOperationKind =
  | 'create'
  | 'read'
  | 'query'
  | 'replace'
  | 'upsert'
  | 'delete'
  | 'batch'
  | 'changeFeed'
  | 'metadata';

/** A fault for one request. */
export type CosmosFault =
  /** 429 with substatus 3200: over the provisioned throughput. Nothing is written. */
  | { readonly kind: 'throttle'; readonly retryAfterMs: number }
  /** Any answer instead of the real one, such as 449, 410 (substatus 1002, 1007 …) or 503. Nothing is written. */
  | { readonly kind: 'answer'; readonly status: number; readonly substatus?: number; readonly body?: unknown }
  /** The connection is destroyed before the request takes effect. */
  | { readonly kind: 'resetBefore' }
  /** The request takes effect; the connection is destroyed instead of an answer. */
  | { readonly kind: 'resetAfter' }
  /** The request waits this long before it takes effect. */
  | { readonly kind: 'delay'; readonly ms: number };

/** Asked once a request, after it was authorized. */
export type CosmosFaultHook = (operation: CosmosOperation) => CosmosFault | undefined;

/** What the log hook is told once a request is over; status 0 means that the connection was cut. */
export interface CosmosRequestRecord {
  readonly kind: CosmosOperationKind;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}
