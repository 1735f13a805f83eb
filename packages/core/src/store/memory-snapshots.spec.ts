import { describeSnapshots } from '../testing/index.ts';
import { createMemoryStore } from './memory.ts';
import { withMemorySnapshots } from './memory-snapshots.ts';

describeSnapshots('The memory store', async () => ({ store: withMemorySnapshots(createMemoryStore()) }));
