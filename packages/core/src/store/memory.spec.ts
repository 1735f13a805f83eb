import { describeEventStore } from '../testing/index.ts';
import { createMemoryStore } from './memory.ts';

describeEventStore('The memory store', async () => ({ store: createMemoryStore() }));
