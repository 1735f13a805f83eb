import { type Answer, isJsonObject, type JsonObject, objectAt, refusal } from './wire.ts';

/** What keeps a table from being lost: dynalite knows none of it. */
export interface Protection {
  readonly deletion: boolean;
  /** By a key in KMS; every table is encrypted, by a key of the service's own where nothing is asked for. */
  readonly kms: boolean;
  readonly pointInTimeRecovery: boolean;
}

/** What CreateTable asks for. Point-in-time recovery it cannot ask for. */
export function protectionWanted(payload: JsonObject): Protection {
  return {
    deletion: payload.DeletionProtectionEnabled === true,
    kms: objectAt(payload, 'SSESpecification').Enabled === true,
    pointInTimeRecovery: false,
  };
}

/** What a `TableDescription` tells of it. */
export function describeProtection({ deletion, kms }: Protection, tableArn: string): JsonObject {
  const [, , , region = '', account = ''] = tableArn.split(':');
  const key = `arn:aws:kms:${region}:${account}:key/00000000-0000-0000-0000-000000000000`;
  return {
    DeletionProtectionEnabled: deletion,
    ...(kms && { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: key } }),
  };
}

/** The answer to a DeleteTable that deletion protection forbids, in the service's words. */
export function deletionForbidden(): Answer {
  return refusal(
    'ValidationException',
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  );
}

/** Answers DescribeContinuousBackups, and UpdateContinuousBackups once it is done. */
export function continuousBackups({ pointInTimeRecovery }: Protection): Answer {
  const PointInTimeRecoveryStatus = pointInTimeRecovery ? 'ENABLED' : 'DISABLED';
  return {
    status: 200,
    body: {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus,
          ...(pointInTimeRecovery && { RecoveryPeriodInDays: 35 }),
        },
      },
    },
  };
}

/** Whether UpdateContinuousBackups asks for point-in-time recovery; `undefined` where it does not say. */
export function recoveryWanted(payload: JsonObject): boolean | undefined {
  const specification = payload.PointInTimeRecoverySpecification;
  const enabled = isJsonObject(specification) ? specification.PointInTimeRecoveryEnabled : undefined;
  return typeof enabled === 'boolean' ? enabled : undefined;
}
