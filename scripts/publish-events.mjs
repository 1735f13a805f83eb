// Publishes new versions of core's events: `npm run publish-events`. What is published is never written again.
import {
  publishedAssignment,
  publishedFolder,
  publishedTransaction,
} from '../packages/core/src/published.fixture.ts';
import { publishEvents } from '../packages/core/src/testing/published-folder.ts';

for (const events of [publishedTransaction, publishedAssignment]) {
  for (const name of await publishEvents(events, publishedFolder)) console.log(`published ${name}`);
}
