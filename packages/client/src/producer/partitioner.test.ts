import { SeededRandom } from "@ottla/runtime";
import type { TopicMetadata } from "../cluster/cluster-metadata";
import { Partitioner } from "./partitioner";

describe("the default partitioner", () => {
  it("places a key where Java's producer places it", () => {
    const partitioner = new Partitioner(new SeededRandom(1), 100);
    expect(partitioner.partitionFor(Buffer.from("abc"), topicOf([1, 1, 1, 1, 1, 1, 1]))).toBe(479470107 % 7);
    expect(partitioner.partitionFor(Buffer.from("21"), topicOf([1, 1, 1, 1, 1, 1, 1]))).toBe(
      (-973932308 & 0x7fffffff) % 7,
    );
  });

  it("keeps records without a key on one partition until a batch's worth went there, then moves", () => {
    const partitioner = new Partitioner(new SeededRandom(2), 100);
    const topic = topicOf([1, 1, 1]);
    const first = partitioner.partitionFor(null, topic);
    partitioner.placed("t", 99);
    expect(partitioner.partitionFor(null, topic)).toBe(first);
    partitioner.placed("t", 1);
    expect(partitioner.partitionFor(null, topic)).not.toBe(first);
  });

  it("passes over partitions without a leader when there is no key", () => {
    const partitioner = new Partitioner(new SeededRandom(3), 1);
    for (let i = 0; i < 50; i++) {
      expect([0, 2]).toContain(partitioner.partitionFor(null, topicOf([1, -1, 1])));
      partitioner.placed("t", 1);
    }
  });
});

function topicOf(leaders: readonly number[]): TopicMetadata {
  return {
    name: "t",
    topicId: null,
    isInternal: false,
    error: "NONE",
    partitions: leaders.map((leaderId, partition) => ({
      partition,
      error: "NONE",
      leaderId,
      leaderEpoch: 0,
      replicas: [1],
      isr: [1],
      offlineReplicas: [],
    })),
  };
}
