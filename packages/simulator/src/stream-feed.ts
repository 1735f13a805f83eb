import { type ChangeRecord, type DeadLetters, relay } from '@twinlog/bridge';
import type { DomainEvent } from '@twinlog/core';
import type { Stage } from './stage.ts';

/** The change stream of one database and the relay that reads it. */
export interface StreamFeed {
  readonly push: (event: DomainEvent) => void;
  /** The relay's process died, or starts again: it goes on from its checkpoint. */
  readonly wake: () => void;
}

export interface StreamFeedOptions {
  readonly stage: Stage;
  readonly cell: string;
  readonly publish: (events: readonly DomainEvent[]) => Promise<void>;
  readonly deadLetters: DeadLetters;
  /** Whether the relay runs just now; if not, it is woken later. */
  readonly isUp: () => boolean;
  /** For a relay that is down: the ms after which to look again. */
  readonly downForMs: () => number;
}

interface FeedRecord {
  readonly at: number;
  readonly record: ChangeRecord;
}

const pageSize = 10;
const pollMs = 100;
const retryMs = 1_000;

/** As DynamoDB Streams and a Lambda on it: records in order, kept for a time, and a checkpoint that moves by pages. */
export function createStreamFeed(options: StreamFeedOptions): StreamFeed {
  const { stage, cell, publish, deadLetters, isUp, downForMs } = options;
  const { scheduler, plan } = stage;
  const { rates, retentionMs } = plan;
  const records: FeedRecord[] = [];
  let checkpoint = 0;
  let position = 0;
  let isAwake = false;

  function schedule(ms: number): void {
    if (isAwake) return;
    isAwake = true;
    scheduler.after(ms, () => stage.spawn(cell, poll));
  }

  function trim(): void {
    const oldest = scheduler.now() - retentionMs;
    for (
      let first = records[checkpoint];
      first !== undefined && first.at < oldest;
      first = records[checkpoint]
    ) {
      stage.hit('stream retention runs out');
      stage.note(cell, 'loses a change record', first.record.position);
      checkpoint += 1;
    }
  }

  async function poll(): Promise<void> {
    isAwake = false;
    if (!isUp()) {
      schedule(downForMs());
      return;
    }
    trim();
    const page = records.slice(checkpoint, checkpoint + pageSize).map(({ record }) => record);
    if (page.length === 0) return;
    if (stage.strikes(rates.relayCheckpointsAndDies)) {
      stage.hit('relay checkpoints and dies');
      stage.note(cell, 'relay checkpoints and dies');
      checkpoint += page.length;
      schedule(retryMs);
      return;
    }
    const from = checkpoint;
    const everyCells = stage.sabotage === 'relay without the origin filter';
    const { failed } = everyCells
      ? await relayEverything(page)
      : await relay(page, { cell, publish, deadLetters, now: () => Math.floor(scheduler.now()) });
    if (stage.strikes(rates.relayRepeats)) {
      stage.hit('relay dies before its checkpoint');
    } else {
      const firstFailed = page.findIndex((record) => record.position === failed[0]);
      checkpoint = from + (firstFailed < 0 ? page.length : firstFailed);
    }
    if (checkpoint < records.length) schedule(failed.length > 0 ? retryMs : pollMs);
  }

  /** Sabotage: every event is sent as though it were this cell's own. */
  async function relayEverything(page: readonly ChangeRecord[]) {
    await publish(page.flatMap(({ change }) => (change.kind === 'event' ? [change.event] : [])));
    return { failed: [] };
  }

  function append(change: ChangeRecord['change']): void {
    position += 1;
    records.push({ at: scheduler.now(), record: { position: String(position), change, record: change } });
  }

  return {
    push: (event) => {
      if (stage.strikes(rates.poisonRecord)) {
        stage.hit('poison record');
        append({ kind: 'malformed', reason: 'The record is no event.' });
      }
      append({ kind: 'event', event });
      schedule(stage.random.next() * pollMs);
    },
    wake: () => schedule(0),
  };
}
