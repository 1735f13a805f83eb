import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sharedKeyHeader } from '@twinlog/bridge';
import { sampleEvent } from '@twinlog/core/testing';
import { type EventGrid, startEventGrid } from '@twinlog/emulators';
import { topicFrom } from '@twinlog/example-infra';
import { bundleEntries, sampleAwsEnvironment } from '@twinlog/example-infra/bundle';
import { encodeItem } from '@twinlog/store-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAwsCell } from './aws-cell.ts';
import { startAzureCell } from './azure-cell.ts';
import type { Environment, LocalCell } from './local-cell.ts';
import { post, usd } from './post.fixture.ts';

const key = 'a-key-of-sixteen-characters';
const topicsPerCell = 3;
let topics: readonly EventGrid[];
let aws: LocalCell;
let azure: LocalCell;

/** As Terraform does it with `topics_per_cell = 3`: all endpoints of a cell in one variable, and a subscription to each. */
beforeAll(async () => {
  topics = await Promise.all(Array.from({ length: 2 * topicsPerCell }, () => startEventGrid({ key })));
  const clientOf = (first: number) => {
    const endpoints = topics.slice(first, first + topicsPerCell).map(({ endpoint }) => endpoint);
    const variables = { EVENT_GRID_ENDPOINT: endpoints.join(','), EVENT_GRID_KEY: key };
    return {
      client: topicFrom(variables, () => {
        throw new Error('A key is there.');
      }),
    };
  };
  const environment =
    (cell: string, peer: string): Environment =>
    async () => ({
      TWINLOG_CELL: cell,
      TWINLOG_PEERS: peer,
      TWINLOG_RECEIVE_KEYS: key,
      TWINLOG_PEER_URLS: `${peer}=http://127.0.0.1:9`,
      TWINLOG_FORWARD_KEYS: key,
      TWINLOG_AUTHENTICATION: 'off',
    });
  const common = { compensate: async () => {}, onReplicated: () => {}, peerToken: undefined };
  [aws, azure] = await Promise.all([
    startAwsCell({ ...common, variables: environment('aws-us-east-1', 'azure-eastus'), topic: clientOf(0) }),
    startAzureCell({
      ...common,
      variables: environment('azure-eastus', 'aws-us-east-1'),
      topic: clientOf(topicsPerCell),
    }),
  ]);
  await Promise.all(
    topics.map((topic, place) =>
      topic.subscribe({
        name: `replication-${place}`,
        endpoint: `${(place < topicsPerCell ? azure : aws).url}/replication/events`,
        headers: { [sharedKeyHeader]: key },
        maxEventsPerBatch: 100,
      }),
    ),
  );
}, 60_000);
afterAll(async () => {
  await Promise.all([aws.stop(), azure.stop(), ...topics.map((topic) => topic.stop())]);
});

test('events of cells with several topics arrive once, and all of a stream by the same topic', async () => {
  const ways = new Map<string, Set<number>>();
  topics.forEach((topic, place) => {
    topic.publishFault = ({ events }) => {
      for (const { partitionkey } of events) {
        const stream = String(partitionkey);
        ways.set(stream, (ways.get(stream) ?? new Set()).add(place % topicsPerCell));
      }
      return undefined;
    };
  });
  const streams = await Promise.all(
    Array.from({ length: 12 }, async (_, at) => {
      const [own, other] = at % 2 === 0 ? [aws, azure] : [azure, aws];
      const created = await post(own, '', 'create', { account_id: `sharded-${at}`, ...usd('10.00') });
      const id = created.body.transaction_id ?? '';
      await post(own, `/${id}/capture`, 'one', usd('1.00'));
      while ((await other.rawEvents([id])).length < 2) await sleep(50);
      expect((await post(other, `/${id}/capture`, 'two', usd('1.00'))).status).toBe(200);
      while ((await own.rawEvents([id])).length < 3) await sleep(50);
      return id;
    }),
  );
  const ids = async (cell: LocalCell) => (await cell.rawEvents()).map(({ id }) => id).sort();
  expect(await ids(aws)).toEqual(await ids(azure));
  expect(await ids(aws)).toHaveLength(3 * streams.length);
  for (const stream of streams) expect(ways.get(stream)?.size).toBe(1);
  expect(new Set([...ways.values()].flatMap((places) => [...places])).size).toBe(topicsPerCell);
}, 60_000);

test("the relay, bundled as it is for Lambda, publishes its cell's own events, by stream, and lets the others' go by", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'twinlog-relay-'));
  try {
    const { files } = await bundleEntries(['aws/functions/relay.ts']);
    await Promise.all(Object.entries(files).map(([name, bytes]) => writeFile(join(folder, name), bytes)));
    const inserted = (origin: string, at: number) => {
      const item = encodeItem(sampleEvent({ stream: `txn_relayed_${at}`, origin }));
      const image = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }]));
      return {
        ...{ eventSource: 'aws:dynamodb', eventName: 'INSERT' },
        dynamodb: { SequenceNumber: String(at), StreamViewType: 'NEW_IMAGE', NewImage: image },
      };
    };
    const own = Array.from({ length: 12 }, (_, at) => inserted('aws-us-east-1.1', at));
    const Records = [...own, inserted('azure-eastus.1', own.length)];
    const published = new Map<number, unknown[]>();
    topics.forEach((topic, place) => {
      topic.publishFault = ({ events }) => {
        published.set(place, [...(published.get(place) ?? []), ...events.map(({ source }) => source)]);
        return undefined;
      };
    });
    const program = `
      const { handler } = await import('./relay.mjs');
      const answer = await handler(${JSON.stringify({ Records })}, { getRemainingTimeInMillis: () => 30_000 });
      console.log(JSON.stringify(answer));
    `;
    const endpoints = topics.slice(0, topicsPerCell).map(({ endpoint }) => endpoint);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      {
        cwd: folder,
        env: { ...sampleAwsEnvironment, EVENT_GRID_ENDPOINT: endpoints.join(','), EVENT_GRID_KEY: key },
      },
    );
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({ batchItemFailures: [] });
    expect([...published.values()].flat()).toEqual(own.map(() => 'urn:twinlog:origin:aws-us-east-1.1'));
    expect([...published.keys()].sort()).toEqual([0, 1, 2]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
