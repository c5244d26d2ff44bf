import {
  type Api,
  consumerProtocolSubscription,
  createTopics,
  deleteGroups,
  deleteTopics,
  describeGroups,
  encodeVersioned,
  fetch,
  findCoordinator,
  groupMetadataValue,
  heartbeat,
  iterateRecords,
  joinGroup,
  leaveGroup,
  listGroups,
  metadata,
  offsetCommit,
  offsetDelete,
  offsetFetch,
  type RequestInput,
  type ResponseOf,
  scanBatches,
  syncGroup,
} from "@ottla/protocol";
import { RunningBroker } from "../testing/running-broker";
import type { WireClient } from "../testing/wire-client";
import { decodeOffsetsRecord } from "./offsets-records";

const CONFIGS = {
  "offsets.topic.replication.factor": "1",
  "offsets.topic.num.partitions": "4",
  "group.initial.rebalance.delay.ms": "0",
};
const SUBSCRIPTION = encodeVersioned(consumerProtocolSubscription, 1, { topics: ["t"] });

let broker: RunningBroker;
let client: WireClient;

beforeEach(async () => {
  broker = await RunningBroker.start({ configs: CONFIGS });
  client = await broker.client();
  const topic = { name: "t", numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] };
  await client.request(createTopics, 5, { topics: [topic, { ...topic, name: "u" }], timeoutMs: 5000 });
});
afterEach(() => broker.close());

/** Asks again while the coordinator is not there yet. */
async function patiently<A extends Api>(
  api: A,
  version: number,
  request: RequestInput<A>,
  isDone: (answer: ResponseOf<A>) => boolean,
): Promise<ResponseOf<A>> {
  for (let i = 0; i < 500; i++) {
    const answer = await client.request(api, version, request);
    if (isDone(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${api.name} did not come about`);
}

const NOT_YET = new Set(["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR"]);

async function coordinatorIsReady(group = "g"): Promise<void> {
  await patiently(findCoordinator, 4, { keyType: 0, coordinatorKeys: [group] }, ({ coordinators }) => {
    return coordinators[0]?.errorCode === "NONE";
  });
  await patiently(offsetFetch, 6, { groupId: group, topics: null }, ({ errorCode }) => !NOT_YET.has(errorCode));
}

const joinRequest = (memberId = "", group = "g") => ({
  groupId: group,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: SUBSCRIPTION }],
});

/** One member, alone in a stable group. */
async function stableMember(group = "g"): Promise<{ readonly memberId: string; readonly generationId: number }> {
  await coordinatorIsReady(group);
  const first = await client.request(joinGroup, 5, joinRequest("", group));
  expect(first.errorCode).toBe("MEMBER_ID_REQUIRED");
  const joined = await client.request(joinGroup, 5, joinRequest(first.memberId, group));
  expect(joined).toMatchObject({ errorCode: "NONE", leader: first.memberId, protocolName: "range" });
  const { memberId, generationId } = joined;
  const assignments = [{ memberId, assignment: Buffer.from("mine") }];
  const synced = await client.request(syncGroup, 3, { groupId: group, generationId, memberId, assignments });
  expect(synced).toMatchObject({ errorCode: "NONE", assignment: Buffer.from("mine") });
  return { memberId, generationId };
}

const commitOf = (offset: number, topic = "t", partitionIndex = 0) => [
  { name: topic, partitions: [{ partitionIndex, committedOffset: BigInt(offset), committedMetadata: "m" }] },
];

async function commit(offset: number, who: object = {}, group = "g", topics = commitOf(offset)): Promise<string> {
  const answer = await client.request(offsetCommit, 7, { groupId: group, ...who, topics });
  return answer.topics[0]?.partitions[0]?.errorCode ?? "nothing";
}

async function committed(group = "g", topic = "t", partition = 0): Promise<number> {
  const answer = await client.request(offsetFetch, 6, {
    groupId: group,
    topics: [{ name: topic, partitionIndexes: [partition] }],
  });
  expect(answer.errorCode).toBe("NONE");
  return Number(answer.topics[0]?.partitions[0]?.committedOffset);
}

async function deleteErrors(...groupsNames: string[]): Promise<string[]> {
  const { results } = await client.request(deleteGroups, 1, { groupsNames });
  return results.map(({ errorCode }) => errorCode);
}

/** Everything in `__consumer_offsets`, as it was written. */
async function written() {
  const records = [];
  for (let partition = 0; partition < 4; partition++) {
    const answer = await client.request(fetch, 11, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        {
          topic: "__consumer_offsets",
          partitions: [{ partition, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }],
        },
      ],
    });
    const bytes = Buffer.concat([...(answer.responses[0]?.partitions[0]?.records ?? [])]);
    for (const batch of scanBatches(bytes).batches) {
      for (const record of iterateRecords(batch)) records.push({ batch, record, decoded: decodeOffsetsRecord(record) });
    }
  }
  return records;
}

describe("__consumer_offsets", () => {
  it("is made when somebody looks for a coordinator, compacted, and is internal", async () => {
    const first = await client.request(findCoordinator, 4, { keyType: 0, coordinatorKeys: ["g"] });
    expect(first.coordinators[0]).toMatchObject({ errorCode: "COORDINATOR_NOT_AVAILABLE", nodeId: -1 });
    await coordinatorIsReady();
    const { topics } = await client.request(metadata, 9, { topics: [{ name: "__consumer_offsets" }] });
    expect(topics[0]).toMatchObject({ isInternal: true, errorCode: "NONE" });
    expect(topics[0]?.partitions).toHaveLength(4);
    const text = broker.ensemble.textAt("/config/topics/__consumer_offsets") ?? "";
    expect(JSON.parse(text).config).toEqual({
      "cleanup.policy": "compact",
      "compression.type": "producer",
      "segment.bytes": "104857600",
    });
  });

  it("waits for as many brokers as it is to have replicas", async () => {
    const alone = await RunningBroker.start({ configs: { ...CONFIGS, "offsets.topic.replication.factor": "3" } });
    try {
      const other = await alone.client();
      for (let i = 0; i < 3; i++) {
        const answer = await other.request(findCoordinator, 2, { key: "g", keyType: 0 });
        expect(answer).toMatchObject({
          errorCode: "COORDINATOR_NOT_AVAILABLE",
          errorMessage: "The coordinator is not available.",
        });
      }
    } finally {
      await alone.close();
    }
  });

  it("names the broker for groups in every version, and nobody for transactions", async () => {
    await coordinatorIsReady();
    for (let version = 0; version < 4; version++) {
      const answer = await client.request(findCoordinator, version, { key: "g" });
      expect(answer).toMatchObject({ errorCode: "NONE", nodeId: 1, port: broker.port });
    }
    const transaction = await client.request(findCoordinator, 4, { keyType: 1, coordinatorKeys: ["x"] });
    expect(transaction.coordinators[0]?.errorCode).toBe("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
  });

  it("holds Kafka's records: offsets and groups of version 3, tombstones", async () => {
    const who = await stableMember();
    await commit(7, { memberId: who.memberId, generationIdOrMemberEpoch: who.generationId });
    await client.request(leaveGroup, 3, { groupId: "g", members: [{ memberId: who.memberId }] });
    expect(await deleteErrors("g")).toEqual(["NONE"]);
    const records = await written();
    expect(records.map(({ decoded }) => decoded)).toMatchObject([
      { kind: "group", group: "g", record: { generation: 1, protocolName: "range", leaderId: who.memberId } },
      { kind: "offset", group: "g", at: { topic: "t", partition: 0 }, committed: { offset: 7, metadata: "m" } },
      { kind: "group", group: "g", record: { generation: 2, protocolName: null, members: [] } },
      { kind: "offset", committed: null },
      { kind: "group", record: null },
    ]);
    expect(records[0]?.record.value?.readInt16BE(0)).toBe(groupMetadataValue.maxVersion - 1);
    expect(records[1]?.record.value?.readInt16BE(0)).toBe(3);
    // As Kafka's coordinator writes them.
    expect(records.slice(0, 3).map(({ batch }) => batch.baseSequence)).toEqual([-1, 0, -1]);
  });
});

describe("a member", () => {
  it("joins, commits, sends heartbeats and leaves", async () => {
    const who = await stableMember();
    expect(await client.request(heartbeat, 3, { groupId: "g", ...who })).toMatchObject({ errorCode: "NONE" });
    expect(await committed()).toBe(-1);
    expect(await commit(5, { memberId: who.memberId, generationIdOrMemberEpoch: 1 })).toBe("NONE");
    expect(await committed()).toBe(5);
    expect(await commit(9, { memberId: who.memberId, generationIdOrMemberEpoch: 0 })).toBe("ILLEGAL_GENERATION");
    expect(await committed()).toBe(5);
    expect(await client.request(leaveGroup, 1, { groupId: "g", memberId: who.memberId })).toMatchObject({
      errorCode: "NONE",
    });
    expect(await client.request(heartbeat, 3, { groupId: "g", ...who })).toMatchObject({
      errorCode: "UNKNOWN_MEMBER_ID",
    });
  });

  it("is refused a session timeout out of bounds, a group without a name, and an id in a group that is not there", async () => {
    await coordinatorIsReady();
    const error = async (request: object) =>
      (await client.request(joinGroup, 5, { ...joinRequest(), ...request })).errorCode;
    expect(await error({ sessionTimeoutMs: 5999 })).toBe("INVALID_SESSION_TIMEOUT");
    expect(await error({ sessionTimeoutMs: 1_800_001 })).toBe("INVALID_SESSION_TIMEOUT");
    expect(await error({ groupId: "" })).toBe("INVALID_GROUP_ID");
    expect(await error({ groupId: "none", memberId: "x" })).toBe("UNKNOWN_MEMBER_ID");
  });

  it("is described: what it says of itself and owns, where it is", async () => {
    const { memberId } = await stableMember();
    const { groups } = await client.request(describeGroups, 4, { groups: ["g", "nobody"] });
    expect(groups).toMatchObject([
      {
        groupState: "Stable",
        protocolType: "consumer",
        protocolData: "range",
        members: [
          {
            memberId,
            clientId: "spec",
            clientHost: "/127.0.0.1",
            memberMetadata: SUBSCRIPTION,
            memberAssignment: Buffer.from("mine"),
          },
        ],
      },
      { groupId: "nobody", groupState: "Dead", errorCode: "NONE", members: [] },
    ]);
    const list = async (statesFilter: string[], typesFilter: string[]) => {
      const answer = await client.request(listGroups, 5, { statesFilter, typesFilter });
      return answer.groups.map(({ groupId, groupState, groupType }) => `${groupId} ${groupState} ${groupType}`);
    };
    expect(await list([], [])).toEqual(["g Stable classic"]);
    expect(await list(["stable"], ["Classic"])).toEqual(["g Stable classic"]);
    expect([await list(["Empty"], []), await list([], ["consumer"])]).toEqual([[], []]);
  });

  it("finds its group as it was when the broker comes back: id, generation, assignment, offsets", async () => {
    const who = await stableMember();
    await commit(42, { memberId: who.memberId, generationIdOrMemberEpoch: 1 });
    const { ensemble, disk } = broker;
    await broker.close();
    broker = await RunningBroker.start({ configs: CONFIGS, ensemble, disk });
    client = await broker.client();
    await coordinatorIsReady();
    expect(await client.request(heartbeat, 3, { groupId: "g", ...who })).toMatchObject({ errorCode: "NONE" });
    expect(await committed()).toBe(42);
    const { groups } = await client.request(describeGroups, 4, { groups: ["g"] });
    expect(groups[0]).toMatchObject({ groupState: "Stable", members: [{ memberAssignment: Buffer.from("mine") }] });
  });
});

describe("committed offsets", () => {
  it("can be kept without being a member, until the group has some", async () => {
    await coordinatorIsReady();
    expect(await commit(3)).toBe("NONE");
    expect(await committed()).toBe(3);
    await stableMember();
    expect(await commit(4)).toBe("UNKNOWN_MEMBER_ID");
    expect(await commit(4, { generationIdOrMemberEpoch: 7, memberId: "x" }, "none")).toBe("ILLEGAL_GENERATION");
  });

  it("are refused for what is no partition, and with more metadata than is allowed", async () => {
    await coordinatorIsReady();
    expect(await commit(1, {}, "g", commitOf(1, "nowhere"))).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    expect(await commit(1, {}, "g", commitOf(1, "t", 2))).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: "x".repeat(4097) }];
    expect(await commit(1, {}, "g", [{ name: "t", partitions }])).toBe("OFFSET_METADATA_TOO_LARGE");
  });

  it("may be any number that an offset can be, and are kept as long as a client says, be it for ever", async () => {
    await coordinatorIsReady();
    const partitionOf = (committedOffset: bigint) => [
      { name: "t", partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: null }] },
    ];
    const error = async (committedOffset: bigint, retentionTimeMs: bigint) => {
      const request = { groupId: "g", retentionTimeMs, topics: partitionOf(committedOffset) };
      return (await client.request(offsetCommit, 3, request)).topics[0]?.partitions[0]?.errorCode;
    };
    const most = 2n ** 63n - 1n;
    expect(await error(most, -1n)).toBe("OFFSET_OUT_OF_RANGE");
    expect(await error(-most, -1n)).toBe("OFFSET_OUT_OF_RANGE");
    expect(await error(9_007_199_254_740_991n, most)).toBe("NONE");
    expect(await committed()).toBe(Number.MAX_SAFE_INTEGER);
    expect(await error(-5n, -most)).toBe("NONE");
    expect(await committed()).toBe(-5);
  });

  it("are told one by one, all together, and of several groups at once", async () => {
    await coordinatorIsReady();
    await commit(1);
    await commit(2, {}, "g", commitOf(2, "u", 1));
    const all = await client.request(offsetFetch, 5, { groupId: "g", topics: null });
    expect(all.topics.map(({ name }) => name).toSorted()).toEqual(["t", "u"]);
    const both = await client.request(offsetFetch, 8, {
      groups: [
        { groupId: "g", topics: [{ name: "u", partitionIndexes: [1, 0] }] },
        { groupId: "never", topics: null },
      ],
    });
    expect(both.groups).toMatchObject([
      { groupId: "g", topics: [{ partitions: [{ committedOffset: 2n, metadata: "m" }, { committedOffset: -1n }] }] },
      { groupId: "never", topics: [], errorCode: "NONE" },
    ]);
  });

  it("are deleted one by one, not those in use; the last of an empty group takes the group along", async () => {
    const who = await stableMember();
    const member = { memberId: who.memberId, generationIdOrMemberEpoch: 1 };
    await commit(1, member);
    await commit(2, member, "g", commitOf(2, "u"));
    const remove = (name: string) =>
      client.request(offsetDelete, 0, { groupId: "g", topics: [{ name, partitions: [{ partitionIndex: 0 }] }] });
    expect((await remove("t")).topics[0]?.partitions[0]?.errorCode).toBe("GROUP_SUBSCRIBED_TO_TOPIC");
    expect((await remove("u")).topics[0]?.partitions[0]?.errorCode).toBe("NONE");
    expect([await committed(), await committed("g", "u")]).toEqual([1, -1]);
    expect(await deleteErrors("g", "never")).toEqual(["NON_EMPTY_GROUP", "GROUP_ID_NOT_FOUND"]);
    await client.request(leaveGroup, 1, { groupId: "g", memberId: who.memberId });
    await remove("t");
    expect(await deleteErrors("g")).toEqual(["GROUP_ID_NOT_FOUND"]);
    expect((await remove("t")).errorCode).toBe("GROUP_ID_NOT_FOUND");
  });

  it("go with their topic", async () => {
    await coordinatorIsReady();
    await commit(1);
    await commit(2, {}, "g", commitOf(2, "u"));
    await client.request(deleteTopics, 5, { topicNames: ["u"], timeoutMs: 5000 });
    await patiently(
      offsetFetch,
      5,
      { groupId: "g", topics: null },
      ({ topics }) => topics.map(({ name }) => name).join() === "t",
    );
  });

  it("of version 0 lie in ZooKeeper, as those of consumers before 0.9", async () => {
    const committing = await client.request(offsetCommit, 0, { groupId: "old", topics: commitOf(11) });
    expect(committing.topics[0]?.partitions[0]?.errorCode).toBe("NONE");
    expect(broker.ensemble.textAt("/consumers/old/offsets/t/0")).toBe("11");
    const topics = [{ name: "t", partitionIndexes: [0, 1] }];
    const { topics: found } = await client.request(offsetFetch, 0, { groupId: "old", topics });
    expect(found[0]?.partitions).toMatchObject([
      { committedOffset: 11n, errorCode: "NONE" },
      { committedOffset: -1n, errorCode: "UNKNOWN_TOPIC_OR_PARTITION" },
    ]);
    const escaping = await client.request(offsetCommit, 0, { groupId: "../brokers", topics: commitOf(11) });
    expect(escaping.topics[0]?.partitions[0]?.errorCode).toBe("INVALID_GROUP_ID");
  });
});
