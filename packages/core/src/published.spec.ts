import { publishedAssignment, publishedFolder, publishedTransaction } from './published.fixture.ts';
import { describePublishedEvents } from './testing/index.ts';

describePublishedEvents(publishedTransaction, publishedFolder);
describePublishedEvents(publishedAssignment, publishedFolder);
