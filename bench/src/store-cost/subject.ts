import type { MeteredDynamoDbRequest } from '@twinlog/emulators';
import type { ClientRequest } from '../workload.ts';

/** One library on a table of its own, whose requests are counted by the vendor's client that it uses. */
export interface CostSubject {
  /** Carries out one command of a client; whatever the library says of it is passed over. */
  readonly handle: (request: ClientRequest) => Promise<void>;
  /** The events of the stream, by the library's own read. */
  readonly events: () => Promise<number>;
  /** The requests for data since this was last asked. */
  readonly taken: () => readonly MeteredDynamoDbRequest[];
  readonly stop: () => void;
}

export interface CostContender {
  readonly name: string;
  readonly version: string;
  /** @param url of the DynamoDB stand-in, on which it makes its table. */
  readonly start: (url: string) => Promise<CostSubject>;
}

/** What a client of the vendor's needs to reach the stand-in. */
export function connectionTo(url: string) {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  return { endpoint: url, region: 'us-east-1', credentials };
}
