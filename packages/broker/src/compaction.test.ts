import {
  BatchBuilder,
  createTopics,
  fetch,
  incrementalAlterConfigs,
  iterateRecords,
  produce,
  scanBatches,
} from "@ottla/protocol";
import { sleep, systemClock } from "@ottla/runtime";
import { batchOf, produceOf } from "./testing/produced-batches";
import { RunningBroker } from "./testing/running-broker";
import type { WireClient } from "./testing/wire-client";

const DEADLINE_MS = 20_000;

let running: RunningBroker;
let client: WireClient;
beforeEach(async () => {
  running = await RunningBroker.start({ configs: { "log.cleaner.backoff.ms": "20" } });
  client = await running.client();
});
afterEach(() => running.close());

async function create(topic: string, cleanupPolicy: string): Promise<void> {
  const configs = {
    "cleanup.policy": cleanupPolicy,
    "segment.bytes": "400",
    "min.cleanable.dirty.ratio": "0.01",
    "file.delete.delay.ms": "0",
    "retention.ms": "-1",
  };
  const answer = await client.request(createTopics, 7, {
    topics: [
      {
        name: topic,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: 5000,
  });
  expect(answer.topics).toMatchObject([{ errorCode: "NONE" }]);
}

async function update(topic: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const answer = await client.request(produce, 9, produceOf(topic, batchOf([`value ${i}`])));
    expect(answer.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: "NONE", baseOffset: BigInt(i) });
  }
}

/** Offset and value of each record, as a consumer reads them from the beginning. */
async function read(topic: string): Promise<[offset: number, value: string | undefined][]> {
  const found: [number, string | undefined][] = [];
  for (let offset = 0; ; ) {
    const partitions = [{ partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: 1_000_000 }];
    const request = { maxWaitMs: 0, minBytes: 1, forgottenTopicsData: [], topics: [{ topic, partitions }] };
    const partition = (await client.request(fetch, 12, request)).responses[0]?.partitions[0];
    const { batches } = scanBatches(Buffer.concat(partition?.records ?? []));
    for (const batch of batches)
      for (const record of iterateRecords(batch)) found.push([record.offset, record.value?.toString()]);
    const last = batches.at(-1);
    if (last === undefined) return found;
    offset = last.nextOffset;
  }
}

/** Waits until few of the records are left, and returns them. */
async function readOnceCleaned(topic: string): Promise<[offset: number, value: string | undefined][]> {
  const untilMs = systemClock.monotonicMs() + DEADLINE_MS;
  for (;;) {
    const found = await read(topic);
    if (found.length < 10) return found;
    if (systemClock.monotonicMs() > untilMs) throw new Error(`${found.length} records are left`);
    await sleep(systemClock, 20);
  }
}

describe("a topic with cleanup.policy=compact", () => {
  it("keeps the last value of its key, at its offset, and loses what came before", async () => {
    await create("prices", "compact");
    await update("prices", 60);
    const found = await readOnceCleaned("prices");
    expect(found.at(-1)).toEqual([59, "value 59"]);
    for (const [offset, value] of found) expect(value).toBe(`value ${offset}`);
  });

  it("refuses records without a key", async () => {
    await create("prices", "compact");
    const builder = new BatchBuilder();
    builder.append({ timestamp: 1_700_000_000_000, key: null, value: Buffer.from("v") });
    const answer = await client.request(produce, 9, produceOf("prices", builder.build()));
    expect(answer.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: "INVALID_RECORD" });
  });
});

describe("a topic whose cleanup.policy becomes compact", () => {
  it("is compacted from then on", async () => {
    await create("prices", "delete");
    await update("prices", 60);
    expect(await read("prices")).toHaveLength(60);
    const configs = [{ name: "cleanup.policy", configOperation: 0, value: "compact" }];
    const answer = await client.request(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 2, resourceName: "prices", configs }],
      validateOnly: false,
    });
    expect(answer.responses).toMatchObject([{ errorCode: "NONE" }]);
    expect((await readOnceCleaned("prices")).at(-1)).toEqual([59, "value 59"]);
  });
});
