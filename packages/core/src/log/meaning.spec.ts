import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transaction } from '../transaction/transaction.ts';
import type { DomainEvent, EventData } from './event.ts';
import { meaningOf, recordSchemas } from './meaning.ts';

const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'type'));
const wild = fc.oneof(fc.string(), fc.jsonValue(), fc.dictionary(names, fc.jsonValue()));

/** Data of a record: mostly with the members that one has, some of them of another kind, and with others beside them. */
const datas: fc.Arbitrary<EventData> = fc
  .record({ code: wild, detail: wild, command: wild, if_match: wild, more: wild }, { requiredKeys: [] })
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
    expect(understood).toBeGreaterThan(50);
  });

  it('understands no request that names none', () => {
    const { requestof: _, ...event } = eventOf('requested.v1', { command: { type: 'void' } });
    expect(meaningOf(transaction, event)).toBeUndefined();
  });
});
