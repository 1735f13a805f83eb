/** `sweep.handler`, called by EventBridge Scheduler every minute. */
import { deployedCell } from '../deployed.ts';

const cell = deployedCell();

export async function handler(): Promise<void> {
  console.log(JSON.stringify({ sweep: await cell.sweep() }));
}
