/** A thing to be published and the bytes it takes on the wire. */
export interface Sized {
  readonly bytes: number;
}

export interface BatchLimits {
  /** The most bytes of one request, brackets and commas included. */
  readonly maxBytes: number;
  readonly maxCount: number;
}

/**
 * Event Grid's limits for one publish request: 1 MB (1,048,576 bytes) and 5,000 events. Billing is by 64 KB,
 * so full batches are the cheap ones. https://learn.microsoft.com/azure/event-grid/quotas-limits
 */
export const eventGridLimits: BatchLimits = { maxBytes: 1_048_576, maxCount: 5_000 };

/** Cuts a list, in order, into the fewest batches that keep the limits. An entry above them has a batch of its own. */
export function cutBatches<Entry extends Sized>(entries: readonly Entry[], limits: BatchLimits): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= limits.maxCount || bytes + entry.bytes + 1 > limits.maxBytes) {
      batches.push([entry]);
      bytes = 2 + entry.bytes;
    } else {
      last.push(entry);
      bytes += 1 + entry.bytes;
    }
  }
  return batches;
}
