import type { Controller, TopicCreation } from "@ottla/controller";
import { type MetadataRequestInput, metadata as metadataApi } from "@ottla/protocol";
import { idOf, ServingPartitions } from "../testing/serving-partitions";

let broker: ServingPartitions;
const created: TopicCreation[] = [];
/** Makes what it is asked for, apart from the names given another end. */
const controllerWith = (ends: Record<string, string> = {}): Partial<Controller> => ({
  isActive: true,
  createTopics: (requests) => {
    created.push(...requests);
    return Promise.resolve(
      requests.map(({ name }) => ({
        name,
        error: (ends[name] ?? "REQUEST_TIMED_OUT") as "NONE",
        message: null,
        topicId: idOf(name),
        partitions: 1,
        replicationFactor: 1,
      })),
    );
  },
});

beforeEach(async () => {
  created.length = 0;
  broker = await ServingPartitions.open({ controller: controllerWith({ "too-many": "INVALID_REPLICATION_FACTOR" }) });
  broker.topic("a", { partitions: 2 });
  broker.topic("b");
});
afterEach(() => broker.close());

const ask = (topics: MetadataRequestInput["topics"], version = 12, allowAutoTopicCreation = false) =>
  broker.ask(metadataApi, version, {
    topics,
    // Before version 4 a client cannot say no.
    allowAutoTopicCreation: version < 4 || allowAutoTopicCreation,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  });
const names = async (answer: ReturnType<typeof ask>) => (await answer).topics.map((topic) => topic.name);

describe("Metadata", () => {
  it("names the live brokers by the listener asked, the cluster and its controller", async () => {
    expect(await ask([])).toMatchObject({
      brokers: [
        { nodeId: 1, host: "host-1", port: 9092, rack: null },
        { nodeId: 2, host: "host-2", port: 9092, rack: null },
      ],
      clusterId: "spec-cluster",
      controllerId: 1,
      topics: [],
    });
  });

  it("lists a topic's partitions in order", async () => {
    const answer = await ask([{ name: "a" }]);
    expect(answer.topics).toMatchObject([
      {
        errorCode: "NONE",
        name: "a",
        topicId: idOf("a"),
        isInternal: false,
        partitions: [0, 1].map((partitionIndex) => ({
          errorCode: "NONE",
          partitionIndex,
          leaderId: 1,
          leaderEpoch: 0,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: [],
        })),
      },
    ]);
  });

  it("lists all topics for null, and for none in version 0; none for an empty list later", async () => {
    expect(await names(ask(null))).toEqual(["a", "b"]);
    expect(await names(ask([], 0, true))).toEqual(["a", "b"]);
    expect(await names(ask([], 1, true))).toEqual([]);
  });

  it("goes by the id where a name is left empty beside it, as Java's clients do", async () => {
    const answer = await ask([{ name: "", topicId: idOf("b") }]);
    expect(answer.topics).toMatchObject([{ errorCode: "NONE", name: "b", topicId: idOf("b") }]);
  });

  it("finds topics by id in version 12, and says so of an id it does not know", async () => {
    const answer = await ask(
      [
        { name: null, topicId: idOf("b") },
        { name: null, topicId: idOf("zzz") },
      ],
      12,
      true,
    );
    expect(answer.topics).toMatchObject([
      { errorCode: "UNKNOWN_TOPIC_ID", name: null, topicId: idOf("zzz") },
      { errorCode: "NONE", name: "b", topicId: idOf("b") },
    ]);
    expect(created).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("is served in version %i", async (version) => {
    expect(
      (await ask([{ name: "a" }, { name: "none" }], version)).topics.map((t) => [t.name, t.partitions.length]),
    ).toEqual([
      ["a", 2],
      ["none", 0],
    ]);
  });

  it("says which partitions have no leader that lives", async () => {
    broker.topic("gone", { leader: 3, replicas: [3, 2] });
    broker.topic("none", { leader: -1, replicas: [2] });
    const answer = await ask([{ name: "gone" }, { name: "none" }]);
    expect(answer.topics.map((topic) => topic.partitions[0])).toMatchObject([
      { errorCode: "LEADER_NOT_AVAILABLE", leaderId: -1, replicaNodes: [3, 2], offlineReplicas: [3] },
      { errorCode: "LEADER_NOT_AVAILABLE", leaderId: -1 },
    ]);
  });

  it("tells what may be done only to those who ask", async () => {
    const asked = await broker.ask(metadataApi, 8, {
      topics: [{ name: "a" }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    });
    expect(asked.topics[0]?.topicAuthorizedOperations).toBeGreaterThan(0);
    expect(asked.clusterAuthorizedOperations).toBeGreaterThan(0);
    expect((await ask([{ name: "a" }], 8)).topics[0]?.topicAuthorizedOperations).toBe(-2147483648);
  });
});

describe("a topic that is not there", () => {
  const errorOf = async (name: string, allow: boolean) => (await ask([{ name }], 12, allow)).topics[0]?.errorCode;

  it("is made when client and broker agree to it, and the client told to come back", async () => {
    expect(await errorOf("new", true)).toBe("LEADER_NOT_AVAILABLE");
    expect(created).toEqual([{ name: "new", partitions: -1, replicationFactor: -1, assignments: [], configs: [] }]);
  });

  it("is not made for a client that does not want it", async () => {
    expect(await errorOf("new", false)).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    expect(created).toEqual([]);
  });

  it.each(["with space", "..", "x".repeat(250)])("is not made under an illegal name", async (name) => {
    expect(await errorOf(name, true)).toBe("INVALID_TOPIC_EXCEPTION");
    expect(await errorOf(name, false)).toBe("INVALID_TOPIC_EXCEPTION");
    expect(created).toEqual([]);
  });

  it("is told the reason why it cannot be made", async () => {
    expect(await errorOf("too-many", true)).toBe("INVALID_REPLICATION_FACTOR");
  });

  it("is not made where auto.create.topics.enable=false", async () => {
    const strict = await ServingPartitions.open({
      configs: { "auto.create.topics.enable": "false" },
      controller: controllerWith(),
    });
    const answer = await strict.ask(metadataApi, 12, {
      topics: [{ name: "new" }],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    });
    expect(answer.topics[0]?.errorCode).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    await strict.close();
  });
});
