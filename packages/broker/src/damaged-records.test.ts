import { decodeRecords, type ErrorName, fetch, scanBatches } from "@ottla/protocol";
import { RunningCluster } from "./testing/running-cluster";
import { WireClient } from "./testing/wire-client";

const LOG = "/data/logs/t-0/00000000000000000000.log";
const VALUES = Array.from({ length: 10 }, (_, index) => `record ${index}`);

let cluster: RunningCluster;

jest.setTimeout(30_000);

afterEach(() => cluster.close());

/** A topic with ten batches on three replicas, of which nothing is in any broker's memory. */
async function tenBatches(
  replicas: readonly number[],
  configs: Readonly<Record<string, string>> = {},
): Promise<number> {
  cluster = await RunningCluster.start({ brokers: replicas.length, configs });
  await cluster.create("t", replicas);
  for (const value of VALUES) await cluster.produce("t", value);
  for (const id of replicas) {
    await cluster.stop(id);
    await cluster.startBroker(id);
    await allInSync(replicas);
  }
  return cluster.state("t").leader;
}

function allInSync(replicas: readonly number[]): Promise<number> {
  return cluster.until("all replicas are in sync", () => {
    const { isr, leader } = cluster.state("t");
    return isr.length === replicas.length && leader > 0 && ends(leader) === VALUES.length;
  });
}

/** How far the log of a broker that leads is committed. */
function ends(id: number): number {
  return cluster.broker(id).services.partitions.get("t", 0)?.leader?.highWatermark ?? -1;
}

function logOf(id: number): string {
  return cluster.disk(id).readFile(LOG).toString("latin1");
}

/** Changes a letter of one record in a broker's file. */
function damage(id: number, value: string): void {
  cluster.disk(id).corrupt(LOG, logOf(id).indexOf(value), Buffer.from("R"));
}

/** What one Fetch from this offset gets from a broker. */
async function read(id: number, offset: number): Promise<{ error: ErrorName; values: string[] }> {
  const client = await WireClient.connect(cluster.broker(id).portOf());
  try {
    const partition = { partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: 1 << 20 };
    const answer = await client.request(fetch, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic: "t", partitions: [{ ...partition, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }] }],
      forgottenTopicsData: [],
      rackId: "",
    });
    const found = answer.responses[0]?.partitions[0];
    const { batches } = scanBatches(Buffer.concat([...(found?.records ?? [])]));
    const values = batches.flatMap((batch) => decodeRecords(batch).map((record) => record.value?.toString() ?? ""));
    return { error: found?.errorCode ?? "UNKNOWN_SERVER_ERROR", values };
  } finally {
    client.close();
  }
}

describe("a flipped bit in the leader's log", () => {
  it("is never served: another replica leads, and the damaged one fetches again what it cannot read", async () => {
    const leader = await tenBatches([1, 2, 3]);
    damage(leader, "record 4");
    expect(await read(leader, 0)).toEqual({ error: "NONE", values: VALUES.slice(0, 4) });
    expect(VALUES).toEqual(expect.arrayContaining((await read(leader, 4)).values));
    // Who has not heard of the next leader is not told that the partition ends where the damage began.
    const late = await cluster.until("another replica leads", async () => {
      const { error, values } = await read(leader, VALUES.length);
      expect({ error, values }).toEqual({
        error: expect.stringMatching(/^(NONE|NOT_LEADER_OR_FOLLOWER)$/),
        values: [],
      });
      return ![leader, -1].includes(cluster.state("t").leader);
    });
    expect(late).toBeGreaterThanOrEqual(0);
    await cluster.until("every record can be read", async () => (await cluster.consume("t")).length === VALUES.length);
    expect(await cluster.consume("t")).toEqual(VALUES);
    await allInSync([1, 2, 3]);
    expect(new Set([1, 2, 3].map(logOf)).size).toBe(1);
    expect(cluster.broker(leader).services.metadata.partition("t", 0)?.offlineReplicas).toEqual([]);
  });

  it("costs nothing that was acknowledged while it was not known", async () => {
    const leader = await tenBatches([1, 2, 3]);
    damage(leader, "record 4");
    await cluster.produce("t", "after");
    await read(leader, 4);
    await cluster.produce("t", "later");
    await cluster.until("every record can be read", async () => (await cluster.consume("t")).length === 12);
    expect(await cluster.consume("t")).toEqual([...VALUES, "after", "later"]);
  });
});

describe("a flipped bit in a follower's log, or where nobody reads", () => {
  it("is found by reading through, and what it took is fetched again", async () => {
    const leader = await tenBatches([1, 2, 3], { "ottla.log.scrub.interval.ms": "50" });
    const follower = leader === 1 ? 2 : 1;
    const sound = logOf(follower);
    damage(follower, "record 4");
    await cluster.until("the log is as it was", () => logOf(follower) === sound);
    await allInSync([1, 2, 3]);
    expect(cluster.state("t").leader).toBe(leader);

    damage(leader, "record 9");
    await cluster.until("the log is as it was", () => logOf(leader) === sound);
    await allInSync([1, 2, 3]);
    expect(cluster.state("t").leader).not.toBe(leader);
    expect(await cluster.consume("t")).toEqual(VALUES);
  });

  it("is mended on two of three replicas, each damaged somewhere else", async () => {
    await tenBatches([1, 2, 3], { "ottla.log.scrub.interval.ms": "50" });
    const sound = logOf(3);
    damage(1, "record 4");
    damage(2, "record 6");
    await cluster.until("both logs are as they were", () => [1, 2].every((id) => logOf(id) === sound));
    await allInSync([1, 2, 3]);
    expect(await cluster.consume("t")).toEqual(VALUES);
  });
});

describe("a flipped bit where no other replica has the record", () => {
  it("is refused, and everything around it is served, restarts included", async () => {
    await tenBatches([1], { "min.insync.replicas": "1", "default.replication.factor": "1" });
    damage(1, "record 4");
    for (let life = 0; life < 2; life++) {
      expect(await read(1, 0)).toEqual({ error: "NONE", values: VALUES.slice(0, 4) });
      expect(await read(1, 4)).toEqual({ error: "CORRUPT_MESSAGE", values: [] });
      expect(await read(1, 5)).toEqual({ error: "NONE", values: VALUES.slice(5) });
      await cluster.stop(1);
      await cluster.startBroker(1);
      await allInSync([1]);
    }
    await cluster.produce("t", "after");
    expect((await read(1, 5)).values).toEqual([...VALUES.slice(5), "after"]);
  });
});
