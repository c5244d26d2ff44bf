import { ReplicatedPartitions } from "../testing/replicated-partitions";

let cluster: ReplicatedPartitions;
afterEach(() => cluster.close());

const BATCH_BYTES = 20_000;
const RATE = 400_000;
const LEADER = "leader.replication.throttled";
const FOLLOWER = "follower.replication.throttled";
type Side = typeof LEADER | typeof FOLLOWER;
const sides: Side[] = [LEADER, FOLLOWER];

const logOf = (id: number, topic: string) => cluster.broker(id).partition(topic).log;
const setRate = (ids: readonly number[], side: Side, rate: number | null) => {
  for (const id of ids)
    cluster.broker(id).config.setDynamic("broker", rate === null ? {} : { [`${side}.rate`]: `${rate}` });
};
const setReplicas = (topic: string, configs: Readonly<Record<string, string>>) => {
  for (const broker of cluster.brokers.values()) broker.topicConfigs.setOverrides(topic, configs);
};
/** A topic that broker `leader` holds alone, with `megabytes` in it, and that others then begin to follow. */
const filled = async (topic: string, leader: number, replicas: readonly number[], megabytes: number) => {
  const state = cluster.elect(topic, { leader, isr: [leader], replicas, tell: [leader] });
  await cluster.settle();
  const value = "x".repeat(BATCH_BYTES);
  for (let count = 0; count < (megabytes * 1e6) / BATCH_BYTES; count++)
    cluster.broker(leader).produce(topic, [value], { acks: 1 });
  await cluster.settle();
  return state;
};
const follow = (topic: string, ids: readonly number[]) => {
  const state = cluster.state(topic);
  cluster.tell(state, ids);
};
const bytesAt = (id: number, topic: string) => logOf(id, topic).sizeBytes;
/** Lets time pass in steps, since reads from the disk go on turns of the real event loop. */
const pass = async (ms: number) => {
  for (let passedMs = 0; passedMs < ms; passedMs += 10) await cluster.settle(10);
};
const breakStream = async () => {
  cluster.network.refuse("broker-2", "broker-1");
  await cluster.settle();
  cluster.network.heal("broker-2", "broker-1");
};
const isAbout = (bytes: number, expected: number) => bytes > expected * 0.85 && bytes < expected * 1.15 + RATE;

describe.each(sides)("replication that catches up under %s.rate", (side) => {
  const open = async (ids: readonly number[] = [1, 2]) => {
    cluster = await ReplicatedPartitions.open(ids, { "min.insync.replicas": "1" });
  };

  it.each(["*", "0:1,0:2"])(
    "goes at the rate when its replicas are throttled as %j, and joins the ISR in the end",
    async (replicas) => {
      await open();
      setRate([1, 2], side, RATE);
      await filled("orders", 1, [1, 2], 2);
      setReplicas("orders", { [`${side}.replicas`]: replicas });
      follow("orders", [2]);
      for (let second = 1; second <= 3; second++) {
        await pass(1000);
        const bytes = bytesAt(2, "orders");
        expect({ second, bytes, isAbout: isAbout(bytes, RATE * second) }).toMatchObject({ isAbout: true });
      }
      await pass(3000);
      expect(logOf(2, "orders").logEndOffset).toBe(logOf(1, "orders").logEndOffset);
      expect(cluster.agree()).toBe(1);
      expect(cluster.state("orders").isr).toEqual([1, 2]);
      expect(new Set(cluster.bytes("orders").values()).size).toBe(1);
    },
  );

  it("goes as fast as it can when other replicas are named", async () => {
    await open();
    setRate([1, 2], side, RATE);
    await filled("orders", 1, [1, 2], 2);
    setReplicas("orders", { [`${side}.replicas`]: `1:1,1:2,0:3,0:${side === LEADER ? 2 : 1}` });
    follow("orders", [2]);
    await pass(200);
    expect(logOf(2, "orders").logEndOffset).toBe(100);
  });

  it("does not keep a producer at acks=all waiting, nor another partition that catches up on the same stream", async () => {
    await open();
    setRate([1, 2], side, RATE);
    setReplicas("slow", { [`${side}.replicas`]: "*" });
    cluster.elect("live", { leader: 1 });
    await filled("slow", 1, [1, 2], 4);
    await filled("quick", 1, [1, 2], 10);
    follow("slow", [2]);
    await pass(500);
    follow("quick", [2]);
    for (let round = 0; round < 20; round++) {
      const produced = cluster.broker(1).produce("live", ["a"]);
      await cluster.settle(10);
      expect(produced.outcome).toMatchObject({ error: "NONE" });
    }
    expect(logOf(2, "quick").logEndOffset).toBe(500);
    expect(bytesAt(2, "slow")).toBeLessThan(RATE * 2.5);
  });

  it("follows a rate and a list that change while it runs", async () => {
    await open();
    setRate([1, 2], side, RATE);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    await filled("orders", 1, [1, 2], 8);
    follow("orders", [2]);
    await pass(2000);
    const first = bytesAt(2, "orders");
    expect(isAbout(first, RATE * 2)).toBe(true);
    setRate([1, 2], side, RATE / 4);
    await pass(4000);
    const second = bytesAt(2, "orders") - first;
    expect({ second, isWithin: second > RATE * 0.7 && second < RATE * 1.4 }).toMatchObject({ isWithin: true });
    setRate([1, 2], side, RATE * 4);
    await pass(1000);
    const third = bytesAt(2, "orders") - first - second;
    expect({ third, isWithin: third > RATE * 3 && third < RATE * 5 }).toMatchObject({ isWithin: true });
    setRate([1, 2], side, 1000);
    await pass(200);
    const before = bytesAt(2, "orders");
    setReplicas("orders", {});
    await pass(200);
    expect(before).toBeLessThan(8e6);
    expect(logOf(2, "orders").logEndOffset).toBe(400);
  });

  it("begins to wait when it is named while it runs, and stops when there is no rate any more", async () => {
    await open();
    await filled("orders", 1, [1, 2], 2);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    cluster.network.stall("broker-1", "broker-2");
    setRate([1, 2], side, 1000);
    follow("orders", [2]);
    cluster.network.heal("broker-1", "broker-2");
    await pass(3000);
    expect(logOf(2, "orders").logEndOffset).toBeLessThan(20);
    setRate([1, 2], side, null);
    await pass(200);
    expect(logOf(2, "orders").logEndOffset).toBe(100);
  });

  it("lets a batch go that is larger than a second's worth", async () => {
    await open();
    setRate([1, 2], side, 2000);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    await filled("orders", 1, [1, 2], 0.06);
    follow("orders", [2]);
    await pass(40_000);
    expect(logOf(2, "orders").logEndOffset).toBe(3);
  });

  it("never holds up a replica in sync, however little the rate allows", async () => {
    await open();
    setRate([1, 2], side, 10);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    cluster.elect("orders", { leader: 1 });
    await cluster.settle();
    for (let round = 0; round < 30; round++) {
      const produced = cluster.broker(1).produce("orders", ["x".repeat(BATCH_BYTES)]);
      await cluster.settle();
      expect(produced.outcome).toMatchObject({ error: "NONE" });
    }
  });

  it("counts what goes to replicas in sync, which leaves less for those that catch up", async () => {
    await open();
    setRate([1, 2], side, RATE);
    for (const topic of ["live", "orders"]) setReplicas(topic, { [`${side}.replicas`]: "*" });
    cluster.elect("live", { leader: 1 });
    await filled("orders", 1, [1, 2], 4);
    follow("orders", [2]);
    for (let passedMs = 0; passedMs < 4000; passedMs += 100) {
      for (let count = 0; count < 4; count++) cluster.broker(1).produce("live", ["x".repeat(BATCH_BYTES)]);
      await pass(100);
    }
    // Twice the rate went to the one in sync.
    expect(bytesAt(2, "live")).toBeGreaterThan(RATE * 7.5);
    expect(bytesAt(2, "orders")).toBeLessThan(RATE);
  });

  it("waits no longer once it is in sync, however much is owed", async () => {
    await open();
    setRate([1, 2], side, 10);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    await filled("orders", 1, [1, 2], 2);
    follow("orders", [2]);
    await pass(1000);
    expect(logOf(2, "orders").logEndOffset).toBeLessThan(20);
    cluster.changeIsr("orders", [1, 2]);
    await pass(200);
    expect(logOf(2, "orders").logEndOffset).toBe(100);
  });

  it("of a topic that is deleted meanwhile leaves the stream to the others", async () => {
    await open();
    setRate([1, 2], side, 10_000);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    await filled("orders", 1, [1, 2], 10);
    await filled("next", 1, [1, 2], 2);
    follow("orders", [2]);
    await pass(1000);
    for (const id of [1, 2]) cluster.broker(id).stopReplica(cluster.state("orders"));
    setRate([1, 2], side, null);
    await pass(200);
    follow("next", [2]);
    await pass(200);
    expect(logOf(2, "next").logEndOffset).toBe(100);
  });

  it("begins on a new stream with nothing of what the one before was allowed", async () => {
    await open();
    setRate([1, 2], side, RATE);
    for (const topic of ["small", "orders"]) setReplicas(topic, { [`${side}.replicas`]: "*" });
    await filled("small", 1, [1, 2], 0.02);
    await filled("orders", 1, [1, 2], 4);
    follow("small", [2]);
    await pass(1000);
    expect(logOf(2, "small").logEndOffset).toBe(1);
    await breakStream();
    follow("orders", [2]);
    await pass(4000);
    const bytes = bytesAt(2, "orders");
    expect({ bytes, isAbout: isAbout(bytes, RATE * 4) }).toMatchObject({ isAbout: true });
  });

  it("goes on where it is after the stream broke, at the rate", async () => {
    await open();
    setRate([1, 2], side, RATE);
    setReplicas("orders", { [`${side}.replicas`]: "*" });
    await filled("orders", 1, [1, 2], 4);
    follow("orders", [2]);
    for (let round = 0; round < 4; round++) {
      await pass(500);
      await breakStream();
    }
    await pass(2000);
    const bytes = bytesAt(2, "orders");
    expect({ bytes, isAbout: isAbout(bytes, RATE * 4) }).toMatchObject({ isAbout: true });
  });
});

describe("a throttle shared by several", () => {
  it("of followers keeps what a leader sends to them all within its rate, in turn", async () => {
    cluster = await ReplicatedPartitions.open([1, 2, 3], { "min.insync.replicas": "1" });
    setRate([1], LEADER, RATE);
    setReplicas("orders", { [`${LEADER}.replicas`]: "0:1" });
    await filled("orders", 1, [1, 2, 3], 4);
    follow("orders", [2, 3]);
    await pass(4000);
    const [two, three] = [bytesAt(2, "orders"), bytesAt(3, "orders")];
    expect({ two, three, isAbout: isAbout(two + three, RATE * 4) }).toMatchObject({ isAbout: true });
    expect(Math.min(two, three)).toBeGreaterThan(RATE);
  });

  it("of leaders keeps what a follower takes from them all within its rate, in turn", async () => {
    cluster = await ReplicatedPartitions.open([1, 2, 3], { "min.insync.replicas": "1" });
    setRate([3], FOLLOWER, RATE);
    for (const topic of ["a", "b"]) setReplicas(topic, { [`${FOLLOWER}.replicas`]: "0:3" });
    await filled("a", 1, [1, 3], 4);
    await filled("b", 2, [2, 3], 4);
    follow("a", [3]);
    follow("b", [3]);
    await pass(4000);
    const [a, b] = [bytesAt(3, "a"), bytesAt(3, "b")];
    expect({ a, b, isAbout: isAbout(a + b, RATE * 4) }).toMatchObject({ isAbout: true });
    expect(Math.min(a, b)).toBeGreaterThan(RATE);
  });
});
