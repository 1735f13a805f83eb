import { describeEventStore } from '@twinlog/core/testing';
import { createSqliteEventStore } from './sqlite-event-store.ts';

describeEventStore('The SQLite store', async () => {
  const store = createSqliteEventStore(':memory:');
  return { store, stop: async () => store.close() };
});
