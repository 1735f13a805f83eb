/** Where the processing of a shard stands. */
export type Checkpoint =
  | { readonly position: 'TRIM_HORIZON' }
  /** Everything up to and including this record is done. */
  | { readonly position: 'AFTER'; readonly sequenceNumber: string }
  /** The shard is closed and all of it is done: its children may begin. */
  | { readonly position: 'ENDED' };

/** Remembers checkpoints by shard, beyond the life of a poller, as the service does. */
export interface CheckpointStore {
  get(shardId: string): Promise<Checkpoint | undefined>;
  set(shardId: string, checkpoint: Checkpoint): Promise<void>;
}

export function createCheckpoints(): CheckpointStore {
  const checkpoints = new Map<string, Checkpoint>();
  return {
    get: async (shardId) => checkpoints.get(shardId),
    async set(shardId, checkpoint) {
      checkpoints.set(shardId, checkpoint);
    },
  };
}
