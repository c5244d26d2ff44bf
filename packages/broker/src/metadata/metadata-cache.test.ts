import { LEADER_DURING_DELETE, type PartitionMetadata } from "@ottla/controller";
import { MetadataCache } from "./metadata-cache";

const broker = (id: number) => ({
  id,
  epoch: 1n,
  endpoints: [{ listenerName: "PLAINTEXT", host: "localhost", port: 9092, securityProtocol: "PLAINTEXT" }],
  rack: null,
  rpc: null,
  incarnation: null,
});
const partition = (topic: string, index: number, changes: Partial<PartitionMetadata> = {}): PartitionMetadata => ({
  topic,
  topicId: `id-of-${topic}`,
  partition: index,
  leader: 1,
  leaderEpoch: 0,
  isr: [1],
  partitionEpoch: 0,
  replicas: [1],
  offlineReplicas: [],
  ...changes,
});
const names = (cache: MetadataCache) => [...cache.topics()].map((topic) => topic.name);

describe("what a broker knows of the cluster", () => {
  it("merges partitions and replaces the brokers", () => {
    const cache = new MetadataCache();
    cache.apply({ full: true, brokers: [broker(2), broker(1)], partitions: [partition("a", 0)] });
    cache.apply({ full: false, brokers: [broker(1)], partitions: [partition("a", 1), partition("b", 0)] });
    expect(cache.brokers().map((b) => b.id)).toEqual([1]);
    expect(names(cache)).toEqual(["a", "b"]);
    expect([...(cache.topic("a")?.partitions.keys() ?? [])]).toEqual([0, 1]);
    expect(cache.topicNameOf("id-of-b")).toBe("b");
  });

  it("takes a later leader from whoever has heard of it, and an earlier or unknown one from nobody", () => {
    const cache = new MetadataCache();
    cache.apply({ full: true, brokers: [broker(1)], partitions: [partition("a", 0, { leader: 1, leaderEpoch: 5 })] });
    const leads = () => [cache.partition("a", 0)?.leader, cache.partition("a", 0)?.leaderEpoch];
    cache.leaderHeard("id-of-a", 0, { leader: 3, leaderEpoch: 5 });
    cache.leaderHeard("id-of-a", 1, { leader: 3, leaderEpoch: 7 });
    cache.leaderHeard("id-of-another-a", 0, { leader: 3, leaderEpoch: 7 });
    expect(leads()).toEqual([1, 5]);
    cache.leaderHeard("id-of-a", 0, { leader: 2, leaderEpoch: 6 });
    expect(leads()).toEqual([2, 6]);
    cache.apply({ full: false, brokers: [broker(1)], partitions: [partition("a", 0, { leader: 1, leaderEpoch: 7 })] });
    expect(leads()).toEqual([1, 7]);
  });

  it("forgets whatever a full update does not name", () => {
    const cache = new MetadataCache();
    cache.apply({ full: true, brokers: [broker(1)], partitions: [partition("a", 0)] });
    cache.apply({ full: true, brokers: [broker(1)], partitions: [partition("b", 0)] });
    expect(names(cache)).toEqual(["b"]);
    expect(cache.topicNameOf("id-of-a")).toBeUndefined();
  });

  it("drops a topic with its last partition when it is being deleted", () => {
    const cache = new MetadataCache();
    cache.apply({ full: true, brokers: [], partitions: [partition("a", 0), partition("a", 1)] });
    cache.apply({ full: false, brokers: [], partitions: [partition("a", 0, { leader: LEADER_DURING_DELETE })] });
    expect(names(cache)).toEqual(["a"]);
    cache.apply({ full: false, brokers: [], partitions: [partition("a", 1, { leader: LEADER_DURING_DELETE })] });
    expect(names(cache)).toEqual([]);
  });

  it("does not mix a topic with an earlier one of its name", () => {
    const cache = new MetadataCache();
    cache.apply({ full: true, brokers: [], partitions: [partition("a", 0), partition("a", 1)] });
    cache.apply({ full: false, brokers: [], partitions: [partition("a", 0, { topicId: "again" })] });
    expect(cache.topic("a")?.partitions.size).toBe(1);
    expect(cache.topicNameOf("id-of-a")).toBeUndefined();
    cache.apply({ full: false, brokers: [], partitions: [partition("a", 0, { leader: LEADER_DURING_DELETE })] });
    expect(cache.topicNameOf("again")).toBe("a");
  });
});
