import os from 'node:os';

/** Where and when the figures were made. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** RFC 3339 date, UTC. */
  readonly date: string;
}

export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
  };
}
