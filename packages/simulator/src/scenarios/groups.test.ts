import { findCoordinator, offsetCommit, offsetFetch } from "@ottla/protocol";
import type { WireConnection } from "../cluster/wire-connection";
import { attack } from "./attack";
import type { Stage } from "./stage";

const fewOffsetPartitions = {
  configs: { "offsets.topic.num.partitions": "1", "offsets.topic.replication.factor": "3" },
};

/** A connection to the group's coordinator, once there is one. */
async function coordinatorOf(stage: Stage, group: string): Promise<WireConnection> {
  const { cluster } = stage;
  const client = cluster.client("committer");
  const any = await cluster.done(client.wire(stage.C));
  for (;;) {
    const answer = await cluster.done(any.request(findCoordinator, 3, { key: group, keyType: 0 }));
    if (answer.errorCode === "NONE") return cluster.done(client.wire(answer.nodeId));
    await cluster.run(100);
  }
}

describe("committed offsets", () => {
  attack(
    "commit-then-fetch",
    "OffsetCommit and OffsetFetch in one packet: the fetch sees the commit",
    fewOffsetPartitions,
    async (stage) => {
      const { cluster, topic } = stage;
      await stage.write(5);
      const wire = await coordinatorOf(stage, "readers");
      for (let offset = 1; offset <= 20; offset++) {
        const committed = wire.request(offsetCommit, 7, {
          groupId: "readers",
          generationIdOrMemberEpoch: -1,
          memberId: "",
          groupInstanceId: null,
          topics: [
            {
              name: topic,
              partitions: [
                { partitionIndex: 0, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: "" },
              ],
            },
          ],
        });
        const fetched = wire.request(offsetFetch, 5, {
          groupId: "readers",
          topics: [{ name: topic, partitionIndexes: [0] }],
        });
        const [commit, fetch] = await cluster.done(Promise.all([committed, fetched]));
        const error = commit.topics[0]?.partitions[0]?.errorCode;
        if (error === "COORDINATOR_LOAD_IN_PROGRESS") {
          await cluster.run(50);
          offset--;
          continue;
        }
        expect(error).toBe("NONE");
        expect(fetch.topics[0]?.partitions[0]?.committedOffset).toBe(BigInt(offset));
      }
    },
  );
});
