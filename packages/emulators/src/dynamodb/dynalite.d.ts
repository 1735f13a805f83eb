declare module 'dynalite' {
  import type { EventEmitter } from 'node:events';

  interface DynaliteOptions {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** An `http.Server` that need not listen: its `request` event is the database. */
  export default function dynalite(options?: DynaliteOptions): EventEmitter;
}
