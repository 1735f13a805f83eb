/**
 * `relay.handler`, on the table's stream, whose event source mapping must report batch item failures and bisect on
 * error. Access to Azure comes from the function's role, unless there is an `EVENT_GRID_KEY`.
 */
import { cellSettings } from '../../settings.ts';
import { topicFrom } from '../../topic.ts';
import { entraByRole } from '../entra.ts';
import { awsRelay } from '../relay.ts';
import { dynamoDbByRole, writeLog } from '../surroundings.ts';

export const handler: ReturnType<typeof awsRelay> = awsRelay({
  settings: cellSettings(process.env),
  dynamoDb: dynamoDbByRole(),
  topic: topicFrom(process.env, entraByRole),
  writeLog,
});
