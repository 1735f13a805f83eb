import type { _Record as SdkRecord, AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb-streams';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';

/** A stream record as Lambda hands it to a function: JSON, with binary as base64 and times in seconds. */
export function toEventRecord(record: SdkRecord, streamArn: string): DynamoDBRecord {
  const { ApproximateCreationDateTime: created, Keys, NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: record.eventSource,
    awsRegion: record.awsRegion,
    dynamodb: {
      ...(created === undefined ? {} : { ApproximateCreationDateTime: Math.floor(created.getTime() / 1000) }),
      ...(Keys === undefined ? {} : { Keys: toImage(Keys) }),
      ...(NewImage === undefined ? {} : { NewImage: toImage(NewImage) }),
      ...(OldImage === undefined ? {} : { OldImage: toImage(OldImage) }),
      ...rest,
    },
    eventSourceARN: streamArn,
  };
}

export function sequenceNumber(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** Milliseconds since the epoch, to the second. */
export function createdAt(record: DynamoDBRecord): number {
  return (record.dynamodb?.ApproximateCreationDateTime ?? 0) * 1000;
}

function toImage(image: Record<string, SdkValue>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, toValue(value)]));
}

function toValue(value: SdkValue): AttributeValue {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(toValue) };
  if (value.M !== undefined) return { M: toImage(value.M) };
  if (value.N !== undefined) return { N: value.N };
  if (value.NS !== undefined) return { NS: value.NS };
  if (value.SS !== undefined) return { SS: value.SS };
  if (value.BOOL !== undefined) return { BOOL: value.BOOL };
  if (value.NULL !== undefined) return { NULL: value.NULL };
  return { S: value.S ?? '' };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
