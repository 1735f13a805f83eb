/** `reconcile.handler`, called by EventBridge Scheduler every five minutes. */
import { deployedCell } from '../deployed.ts';

const cell = deployedCell();

/** Writes what it came to, for the log; a peer that does not answer is asked again by the next run. */
export async function handler(): Promise<void> {
  const { failed, ...healed } = await cell.reconcile();
  console.log(JSON.stringify({ reconcile: { ...healed, failed: Object.fromEntries(failed) } }));
}
