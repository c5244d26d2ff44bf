import type { Controller, LeaderElectionRequest, ReassignmentRequest } from "@ottla/controller";
import { alterPartitionReassignments, electLeaders, listPartitionReassignments } from "@ottla/protocol";
import { ServingPartitions } from "../testing/serving-partitions";

let serving: ServingPartitions;
afterEach(() => serving.close());

const serve = async (controller: Partial<Controller>): Promise<void> => {
  serving = await ServingPartitions.open({ controller });
};

describe("ElectLeaders", () => {
  const asked: LeaderElectionRequest[] = [];
  const elected: Partial<Controller> = {
    isActive: true,
    electLeaders: async (request) => {
      asked.push(request);
      return (request.partitions ?? [{ topic: "all", partition: 0 }]).map(({ topic, partition }) => ({
        topic,
        partition,
        error: partition === 0 ? "NONE" : "ELECTION_NOT_NEEDED",
        message: partition === 0 ? null : "Leader election not needed for topic partition.",
      }));
    },
  };
  beforeEach(() => void asked.splice(0));

  it.each([
    { version: 0, electionType: 0, kind: "preferred", why: "it cannot say which" },
    { version: 1, electionType: 0, kind: "preferred", why: "asked so" },
    { version: 2, electionType: 1, kind: "unclean", why: "asked so" },
  ])("in version $version means a $kind election: $why", async ({ version, electionType, kind }) => {
    await serve(elected);
    const topicPartitions = [{ topic: "orders", partitions: [0, 1] }];
    const answer = await serving.ask(electLeaders, version, { electionType, topicPartitions, timeoutMs: 100 });
    expect(asked).toEqual([
      {
        kind,
        partitions: [
          { topic: "orders", partition: 0 },
          { topic: "orders", partition: 1 },
        ],
      },
    ]);
    expect(answer.replicaElectionResults).toEqual([
      {
        topic: "orders",
        partitionResult: [
          { partitionId: 0, errorCode: "NONE", errorMessage: null },
          {
            partitionId: 1,
            errorCode: "ELECTION_NOT_NEEDED",
            errorMessage: "Leader election not needed for topic partition.",
          },
        ],
      },
    ]);
  });

  it("without partitions means all of them", async () => {
    await serve(elected);
    await serving.ask(electLeaders, 2, { electionType: 0, topicPartitions: null, timeoutMs: 100 });
    expect(asked).toEqual([{ kind: "preferred", partitions: null }]);
  });

  it("of no known kind is refused", async () => {
    await serve(elected);
    const answer = await serving.ask(electLeaders, 2, { electionType: 7, topicPartitions: null, timeoutMs: 100 });
    expect(answer).toMatchObject({ errorCode: "INVALID_REQUEST", replicaElectionResults: [] });
    expect(asked).toEqual([]);
  });

  it("at a broker without the duty says so for the whole request, even about everything", async () => {
    await serve({ isActive: false, electLeaders: () => Promise.resolve([]) });
    const answer = await serving.ask(electLeaders, 2, { electionType: 0, topicPartitions: null, timeoutMs: 100 });
    expect(answer).toMatchObject({ errorCode: "NOT_CONTROLLER", replicaElectionResults: [] });
  });
});

describe("AlterPartitionReassignments", () => {
  it("passes targets and cancellations on, and answers by topic", async () => {
    const asked: ReassignmentRequest[] = [];
    await serve({
      isActive: true,
      alterPartitionReassignments: async (requests) => {
        asked.push(...requests);
        return requests.map(({ topic, partition, replicas }) => ({
          topic,
          partition,
          error: replicas === null ? "NO_REASSIGNMENT_IN_PROGRESS" : "NONE",
          message: null,
        }));
      },
    });
    const answer = await serving.ask(alterPartitionReassignments, 0, {
      timeoutMs: 100,
      topics: [
        { name: "orders", partitions: [{ partitionIndex: 0, replicas: [2, 1] }] },
        { name: "carts", partitions: [{ partitionIndex: 3, replicas: null }] },
      ],
    });
    expect(asked).toEqual([
      { topic: "orders", partition: 0, replicas: [2, 1] },
      { topic: "carts", partition: 3, replicas: null },
    ]);
    expect(answer).toMatchObject({
      errorCode: "NONE",
      responses: [
        { name: "orders", partitions: [{ partitionIndex: 0, errorCode: "NONE" }] },
        { name: "carts", partitions: [{ partitionIndex: 3, errorCode: "NO_REASSIGNMENT_IN_PROGRESS" }] },
      ],
    });
  });

  it("at a broker without the duty says so once, where clients look for it", async () => {
    await serve({
      isActive: false,
      alterPartitionReassignments: async (requests) =>
        requests.map(({ topic, partition }) => ({ topic, partition, error: "NOT_CONTROLLER", message: null })),
    });
    const answer = await serving.ask(alterPartitionReassignments, 0, {
      timeoutMs: 100,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [1] }] }],
    });
    expect(answer).toMatchObject({ errorCode: "NOT_CONTROLLER", responses: [] });
  });
});

describe("ListPartitionReassignments", () => {
  it("lists what is under way, by topic", async () => {
    const orders = { topic: "orders", topicId: "id", partition: 0, replicas: [3, 1, 2], adding: [3], removing: [2] };
    await serve({
      listPartitionReassignments: async (partitions) => {
        expect(partitions).toEqual([{ topic: "orders", partition: 0 }]);
        return { error: "NONE", reassignments: [orders] };
      },
    });
    const topics = [{ name: "orders", partitionIndexes: [0] }];
    const answer = await serving.ask(listPartitionReassignments, 0, { timeoutMs: 100, topics });
    expect(answer).toMatchObject({
      errorCode: "NONE",
      topics: [
        {
          name: "orders",
          partitions: [{ partitionIndex: 0, replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [2] }],
        },
      ],
    });
  });

  it("at a broker without the duty says so", async () => {
    await serve({ listPartitionReassignments: () => Promise.resolve({ error: "NOT_CONTROLLER" }) });
    const answer = await serving.ask(listPartitionReassignments, 0, { timeoutMs: 100, topics: null });
    expect(answer).toMatchObject({ errorCode: "NOT_CONTROLLER", topics: [] });
  });
});
