import { metadata } from "@ottla/protocol";
import { FakeBroker } from "../testing/fake-broker";
import { parseBootstrapServers } from "./broker-address";
import { ClusterClient } from "./cluster-client";

describe("a cluster client", () => {
  let broker: FakeBroker;
  let cluster: ClusterClient;
  beforeEach(async () => {
    broker = await FakeBroker.start();
    broker.topics.set("t", 1);
  });
  afterEach(async () => {
    await cluster.close();
    await broker.close();
  });
  const start = (bootstrapServers = broker.address) => {
    cluster = new ClusterClient({ bootstrapServers, retryBackoffMs: 5, reconnectBackoffMs: 5, apiTimeoutMs: 500 });
    return cluster;
  };

  it("opens nothing before it is asked for something", async () => {
    start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(broker.seen).toEqual([]);
  });

  it("finds the cluster through any bootstrap address that answers", async () => {
    const gone = await FakeBroker.start();
    const { address } = gone;
    await gone.close();
    for (let i = 0; i < 5; i++) {
      start(`${address},${broker.address}`);
      expect((await cluster.topic("t")).partitions).toHaveLength(1);
      await cluster.close();
    }
  });

  it("waits for a topic that is being created", async () => {
    let asked = 0;
    broker.on(metadata, () => {
      if (++asked === 3) broker.topics.set("new", 1);
      return undefined;
    });
    start();
    expect((await cluster.topic("new")).name).toBe("new");
  });

  it("asks once for all who want metadata at the same time", async () => {
    start();
    await Promise.all([cluster.topic("t"), cluster.refresh(), cluster.refresh()]);
    expect(broker.count("Metadata")).toBe(1);
  });

  it("keeps the leader of a newer epoch when a broker that lags behind answers", async () => {
    start();
    const answer = (leaderId: number, leaderEpoch: number) => ({
      brokers: broker.brokers,
      controllerId: 1,
      topics: [
        {
          name: "t",
          errorCode: "NONE" as const,
          partitions: [
            {
              errorCode: "NONE" as const,
              partitionIndex: 0,
              leaderId,
              leaderEpoch,
              replicaNodes: [1, 2],
              isrNodes: [1, 2],
            },
          ],
        },
      ],
    });
    broker.on(metadata, () => answer(1, 5));
    await cluster.topic("t");
    broker.on(metadata, () => answer(2, 4));
    await cluster.refresh();
    expect(cluster.metadata.topics.get("t")?.partitions[0]).toMatchObject({ leaderId: 1, leaderEpoch: 5 });
  });

  it("asks another broker when the one it is connected to tells it nothing new, as one that is cut off", async () => {
    const other = await FakeBroker.start();
    const named = [
      { nodeId: 1, host: "127.0.0.1", port: broker.port },
      { nodeId: 2, host: "127.0.0.1", port: other.port },
    ];
    broker.brokers = named;
    other.brokers = named;
    other.leaderId = 2;
    other.topics.set("t", 1);
    start();
    try {
      await cluster.topic("t");
      const leader = () => cluster.metadata.topics.get("t")?.partitions[0]?.leaderId;
      for (let asked = 0; leader() === 1; asked++) {
        if (asked === 100) throw new Error("nobody else was asked");
        await cluster.refresh();
      }
      expect(leader()).toBe(2);
    } finally {
      await cluster.close();
      await other.close();
    }
  });

  it("says which advertised address cannot be reached when the bootstrap address could", async () => {
    const gone = await FakeBroker.start();
    broker.brokers = [{ nodeId: 1, host: "127.0.0.1", port: gone.port }];
    await gone.close();
    start();
    await cluster.topic("t");
    await expect(cluster.connection(1)).rejects.toThrow(
      new RegExp(`broker 1 advertises 127.0.0.1:${broker.brokers[0]!.port}, and .*ECONNREFUSED.*advertised.listeners`),
    );
  });

  it("reads bootstrap.servers, and names the part that it cannot read", () => {
    start();
    expect(parseBootstrapServers("a:1, [::1]:9092,PLAINTEXT://c:3")).toEqual([
      { host: "a", port: 1 },
      { host: "::1", port: 9092 },
      { host: "c", port: 3 },
    ]);
    expect(() => parseBootstrapServers("a:1,b")).toThrow('"b" in bootstrap.servers is not host:port');
    expect(() => parseBootstrapServers(" ")).toThrow("names no broker");
  });
});
