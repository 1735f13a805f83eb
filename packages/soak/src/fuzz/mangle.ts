import type { DomainEvent } from '@twinlog/core';
import type { Random } from '@twinlog/simulator';

/** A request to a webhook, before anybody has looked at it. */
export interface Inbound {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What no attribute should be, and some things that one may be. */
const oddities: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\uffff\ufffe',
  '😀'.repeat(100),
  'x'.repeat(5_000),
  [],
  {},
  [[['deep']]],
  { toString: 'no function' },
  '__proto__',
  'constructor',
  '1.0',
  '2.0',
  'urn:twinlog:origin:azure-eastus.1',
  'urn:twinlog:origin:gcp-us-central1.1',
  'urn:twinlog:origin:aws-us-east-1.0',
  'urn:twinlog:origin:aws-us-east-1.1',
  '0000000000',
  '9999999999',
  '00000000001',
  '-000000001',
  '7ZZZZZZZZZZZZZZZZZZZZZZZZZ',
  '00000000000000000000000000',
  '8ZZZZZZZZZZZZZZZZZZZZZZZZZ',
  '9999-12-31T23:59:59.999Z',
  '+010000-01-01T00:00:00.000Z',
  'aws-us-east-1.1=1',
  'aws-us-east-1.1=9999999999',
  'azure-eastus.1=2,aws-us-east-1.1=1',
  'account/a/transaction/%',
  'account/%00/transaction/a',
  'application/json; charset=utf-16',
];

const names = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'partitionkey',
  'sequence',
  'seen',
  'assignment',
  'commandid',
  'requestof',
  'fingerprint',
  'traceparent',
  'data',
  'data_base64',
  '__proto__',
  'toJSON',
  'UPPER',
] as const;

const contentTypes = [
  'application/cloudevents-batch+json',
  'application/cloudevents-batch+json; charset=utf-8',
  'application/cloudevents+json',
  'APPLICATION/CLOUDEVENTS+JSON',
  'application/cloudevents',
  'application/json',
  'text/plain',
  'application/octet-stream',
  '',
] as const;

/** An event of which some attributes are gone, or are something else. */
function mangledEvent(event: DomainEvent, random: Random): unknown {
  if (random.chance(0.05)) return random.pick([null, 1, 'text', [], [event], {}]);
  const attributes: Record<string, unknown> = { ...event };
  for (let left = random.int(3); left > 0; left--) {
    const name = random.pick(names);
    if (random.chance(0.3)) delete attributes[name];
    else
      Object.defineProperty(attributes, name, {
        value: oddities[random.int(oddities.length)],
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return attributes;
}

/** Bytes of which some are gone, doubled, turned over or put in. */
function mangledBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.int(bytes.length + 1);
  const length = random.int(40);
  const [before, cut, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  const noise = Uint8Array.from({ length: random.int(8) + 1 }, () => random.int(256));
  switch (random.int(5)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, cut, cut, after]);
    case 3:
      return Buffer.concat([before, noise, cut, after]);
    default:
      return Buffer.concat([before, cut.map((byte) => byte ^ (1 << random.int(8))), after]);
  }
}

function wellFormedRequest(events: readonly unknown[], mode: number): Omit<Inbound, 'method'> {
  const [first] = events;
  if (mode === 0) {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    return { headers, body: Buffer.from(JSON.stringify(events)) };
  }
  if (mode === 1 || typeof first !== 'object' || first === null) {
    const headers = { 'content-type': 'application/cloudevents+json' };
    return { headers, body: Buffer.from(JSON.stringify(first)) };
  }
  const { data, datacontenttype, ...attributes } = Object.fromEntries(Object.entries(first));
  const headers = Object.entries(attributes).map(([name, value]) => [
    `ce-${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    headers: {
      ...Object.fromEntries(headers),
      'content-type': typeof datacontenttype === 'string' ? datacontenttype : 'application/json',
    },
    body: Buffer.from(JSON.stringify(data) ?? ''),
  };
}

/** A request that was a delivery of some of these events once. About one in eight is still one. */
export function mangledRequest(events: readonly DomainEvent[], key: string, random: Random): Inbound {
  const chosen = Array.from({ length: 1 + random.int(4) }, () => events[random.int(events.length)]).flatMap(
    (event) => event ?? [],
  );
  const values = chosen.map((event) => (random.chance(0.5) ? mangledEvent(event, random) : event));
  const made = wellFormedRequest(values, random.int(3));
  const headers: Record<string, string> = { ...made.headers, 'x-twinlog-key': key };
  let { body } = made;
  if (random.chance(0.3)) body = mangledBytes(body, random);
  if (random.chance(0.05)) body = Buffer.concat([Buffer.from(' \r\n\t'), body]);
  if (random.chance(0.02)) body = Buffer.from('['.repeat(1 + random.int(3_000)));
  if (random.chance(0.15)) headers['content-type'] = random.pick(contentTypes);
  if (random.chance(0.05)) headers['ce-specversion'] = random.pick(['1.0', '0.3', '', 'x']);
  if (random.chance(0.05))
    headers['x-twinlog-key'] = random.pick(['', 'wrong', `${key} ${key}`, key.slice(1)]);
  const method = random.chance(0.03) ? random.pick(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) : 'POST';
  return { method, headers, body };
}
