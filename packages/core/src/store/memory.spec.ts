import { createMemoryStore } from '@twinlog/core';
import { describeEventStore } from '@twinlog/core/testing';

describeEventStore('The memory store', async () => ({ store: createMemoryStore() }));
