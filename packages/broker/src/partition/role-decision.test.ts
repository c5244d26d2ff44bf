import { decideRole, type LocalReplica, type PartitionDecision } from "./role-decision";

const decision: PartitionDecision = {
  topicId: "topic-a",
  leader: 1,
  leaderEpoch: 5,
  partitionEpoch: 7,
  isr: [1, 2],
  replicas: [1, 2, 3],
};
const fresh: LocalReplica = { brokerId: 1, topicId: null, role: null, lastEpoch: null };
const leading = { leader: 1, leaderEpoch: 5, partitionEpoch: 7 };

describe("what a broker makes of a LeaderAndIsr command", () => {
  it.each<[string, Partial<PartitionDecision>, Partial<LocalReplica>, string]>([
    ["a new partition led here", {}, {}, "lead"],
    ["a new partition led elsewhere", { leader: 2 }, {}, "follow"],
    ["a new partition without a leader", { leader: -1 }, {}, "follow"],
    ["a higher epoch for the leader", { leaderEpoch: 6 }, { role: leading }, "lead"],
    ["a higher epoch that moves leadership away", { leader: 2, leaderEpoch: 6 }, { role: leading }, "follow"],
    ["the same state again", {}, { role: leading }, "keep"],
    ["the same epoch with a newer ISR", { partitionEpoch: 8 }, { role: leading }, "adopt"],
    ["the same epoch with an older ISR", { partitionEpoch: 6 }, { role: leading }, "keep"],
    ["a lower epoch", { leaderEpoch: 4 }, { role: leading }, "STALE_CONTROLLER_EPOCH"],
    ["another leader in the same epoch", { leader: 2 }, { role: leading }, "STALE_CONTROLLER_EPOCH"],
    ["another topic of that name", {}, { topicId: "topic-b" }, "INCONSISTENT_TOPIC_ID"],
    ["a partition it has no replica of", { replicas: [2, 3] }, {}, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["leading in an epoch the log already holds", {}, { lastEpoch: 5 }, "FENCED_LEADER_EPOCH"],
    ["leading in an epoch older than the log's", {}, { lastEpoch: 9 }, "FENCED_LEADER_EPOCH"],
    ["leading in the epoch after the log's last", {}, { lastEpoch: 4 }, "lead"],
    ["following in an epoch the log already holds", { leader: 2 }, { lastEpoch: 5 }, "follow"],
  ])("%s", (_situation, told, known, expected) => {
    const outcome = decideRole({ ...decision, ...told }, { ...fresh, ...known });
    expect(outcome.kind === "refuse" ? outcome.error : outcome.kind).toBe(expected);
  });
});
