import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transaction } from '../transaction/transaction.ts';
import type { DomainEvent, EventData } from './event.ts';
import { meaningOf, recordSchemas } from './meaning.ts';

const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'type'));
const wild = fc.oneof(fc.string(), fc.jsonValue(), fc.dictionary(names, fc.jsonValue()));

/** Well-formed data of both records, members that one of them has not included. */
const usual = {
  code: fc.string(),
  detail: fc.string(),
  command: fc.dictionary(names, fc.jsonValue()),
  if_match: fc.string(),
  more: fc.jsonValue(),
};
/** The same members, of any kind. */
const unusual = { code: wild, detail: wild, command: wild, if_match: wild, more: wild };

/** Data of a record: half of the time with each member as it is to be, and always with any of them left out. */
const datas: fc.Arbitrary<EventData> = fc
  .oneof(
    fc.record(usual, { requiredKeys: ['code', 'detail', 'command'] }),
    fc.record(unusual, { requiredKeys: [] }),
  )
  .map((data) => JSON.parse(JSON.stringify(data)));

function eventOf(type: string, data: EventData): DomainEvent {
  return {
    specversion: '1.0',
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    source: 'urn:twinlog:origin:aws-us-east-1.1',
    type: `${transaction.typePrefix}.${type}`,
    subject: 'account/a/transaction/t',
    time: '2016-07-30T23:54:10.259Z',
    datacontenttype: 'application/json',
    dataschema: 'urn:twinlog:schema:any',
    partitionkey: 't',
    sequence: '0000000001',
    seen: '',
    assignment: '1.aws-us-east-1',
    requestof: 'command-1',
    fingerprint: 'fingerprint',
    data,
  };
}

describe('the records that are read by hand', () => {
  it.each([
    ['refused', 'refused.v1'],
    ['requested', 'requested.v1'],
  ] as const)('reads %s as its published schema does', (kind, type) => {
    let understood = 0;
    const property = fc.property(datas, (data) => {
      const bySchema = recordSchemas[type].safeParse(data).data;
      if (bySchema) understood += 1;
      expect(meaningOf(transaction, eventOf(type, data))).toEqual(bySchema && { [kind]: bySchema });
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(understood).toBeGreaterThan(500);
  });

  it('understands no request that names none', () => {
    const { requestof: _, ...event } = eventOf('requested.v1', { command: { type: 'void' } });
    expect(meaningOf(transaction, event)).toBeUndefined();
  });
});
