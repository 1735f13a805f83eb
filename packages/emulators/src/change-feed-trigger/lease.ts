import type { Container, FeedRange } from '@azure/cosmos';

/** The position of one feed range, as the leases container holds it. */
export interface Lease {
  readonly id: string;
  /** The SDK's continuation token; `null` before the first batch. */
  readonly continuationToken: string | null;
  readonly etag: string;
}

interface LeaseDocument {
  readonly id: string;
  readonly LeaseToken: string;
  readonly FeedRange: { readonly Range: { readonly min: string; readonly max: string } };
  readonly ContinuationToken: string | null;
  readonly Owner: string;
}

/** The leases of one trigger. */
export class LeaseStore {
  readonly #container: Container;
  readonly #prefix: string;
  readonly #owner: string;

  constructor(container: Container, prefix: string, owner: string) {
    this.#container = container;
    this.#prefix = prefix;
    this.#owner = owner;
  }

  /** Makes the leases container with the partition key that the trigger wants. */
  async createContainer(): Promise<void> {
    await this.#container.database.containers.createIfNotExists({
      id: this.#container.id,
      partitionKey: { paths: ['/id'], version: 2 },
    });
  }

  /** Reads the lease of a feed range; makes it, without a position, if it is not there. */
  async open(monitored: string, range: FeedRange): Promise<Lease> {
    const { minInclusive: min, maxExclusive: max } = range;
    const id = `${this.#prefix}${monitored}..${min}-${max}`;
    const found = await this.#container.item(id, id).read<LeaseDocument>();
    if (found.resource !== undefined) {
      return { id, continuationToken: found.resource.ContinuationToken, etag: found.etag };
    }
    const made = await this.#container.items.create<LeaseDocument>({
      id,
      LeaseToken: `${min}-${max}`,
      FeedRange: { Range: { min, max } },
      ContinuationToken: null,
      Owner: this.#owner,
    });
    return { id, continuationToken: null, etag: made.etag };
  }

  /** Moves a lease on. @throws 412 where another trigger moved it meanwhile. */
  async advance(lease: Lease, range: FeedRange, continuationToken: string): Promise<Lease> {
    const { minInclusive: min, maxExclusive: max } = range;
    const document: LeaseDocument = {
      id: lease.id,
      LeaseToken: `${min}-${max}`,
      FeedRange: { Range: { min, max } },
      ContinuationToken: continuationToken,
      Owner: this.#owner,
    };
    const accessCondition = { type: 'IfMatch', condition: lease.etag };
    const { etag } = await this.#container.item(lease.id, lease.id).replace(document, { accessCondition });
    return { id: lease.id, continuationToken, etag };
  }
}
