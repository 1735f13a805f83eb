import type { DomainEvent, EventStore } from '@twinlog/core';
import { inParallel } from './in-parallel.ts';
import { createIntake, type IntakeListener, type Pulled } from './intake.ts';
import type { Peer } from './peer.ts';

export interface RepairOptions extends IntakeListener {
  readonly store: EventStore;
  readonly peer: Peer;
  readonly stream: string;
}

/** How many events are written at a time. */
const parallelWrites = 16;

/**
 * Reads one stream from the peer and stores what this cell lacks of it, every origin included (R17): what an
 * event that is held and does not count yet asks for (R3). All that both hold is compared, content included.
 * One request, one read, and a write for each event that was missing.
 * @throws PeerUnavailableError, StoreUnavailableError; what was stored stays.
 */
export async function repairStream({ store, peer, stream, ...listener }: RepairOptions): Promise<Pulled> {
  const theirs = await peer.read(stream);
  if (theirs.length === 0) return createIntake(store).result();
  const held = new Map((await store.read(stream)).map((event) => [placeOf(event), event]));
  const intake = createIntake(
    {
      ...store,
      // What has been read need not be asked for by a write.
      insert: async (event) => {
        const existing = held.get(placeOf(event));
        return existing === undefined ? store.insert(event) : { inserted: false, existing };
      },
    },
    listener,
  );
  await inParallel(theirs, parallelWrites, (value) => intake.take(stream, value));
  return intake.result();
}

function placeOf({ source, sequence }: DomainEvent): string {
  return `${source} ${sequence}`;
}
