import { SeededRandom } from "@ottla/runtime";
import type { AttachAnswer, FollowerToLeader, LeaderToFollower } from "../messages/replication";
import type { BrokerToController, ControllerToBroker } from "../messages/session";
import { type CallName, callCodecs, type ReplyOf, type RequestOf } from "./call-codecs";
import { bytesOf, type Codec } from "./codec";
import { replicationCodecs } from "./replication-codec";
import { sessionCodecs } from "./session-codec";

/** Beyond 2^53, and beyond 2^63 as an unsigned czxid may be read. */
const epoch = 2n ** 62n + 12_345_678_901n;
const topicId = "AbCdEfGhIjKlMnOpQrStUv";
const answer = { topicId, partition: 7, attempt: 2 ** 32 - 1, leaderEpoch: 4 };

const followerMessages: FollowerToLeader[] = [
  { kind: "hello", brokerId: 2, brokerEpoch: epoch, incarnation: "inc", expectedLeaderId: 1 },
  {
    kind: "attach",
    partitions: [
      {
        topicId,
        partition: 3,
        attempt: 1,
        leaderEpoch: 5,
        logEndOffset: 2 ** 53 - 1,
        lastEpoch: -1,
        logStartOffset: 0,
        throttled: true,
      },
    ],
  },
  { kind: "ack", partitions: [{ attachId: 2 ** 32 - 1, leaderEpoch: 1, endOffset: 2 ** 40, logStartOffset: 9 }] },
  { kind: "detach", partitions: [{ attachId: 0, leaderEpoch: 1, newLeaderEpoch: 2, newLeader: -1 }] },
  { kind: "ack", partitions: [] },
  {
    kind: "throttle",
    partitions: [
      { attachId: 2 ** 32 - 1, throttled: true },
      { attachId: 0, throttled: false },
    ],
    creditBytes: 2 ** 40,
  },
  { kind: "throttle", partitions: [], creditBytes: -70_000 },
];

const answers: AttachAnswer[] = [
  { ...answer, outcome: "attached", attachId: 0, highWatermark: 10, logStartOffset: 0 },
  { ...answer, outcome: "diverged", epoch: -1, endOffset: -1 },
  { ...answer, outcome: "restart", logStartOffset: 0 },
  { ...answer, outcome: "fenced" },
  { ...answer, outcome: "refused", error: "KAFKA_STORAGE_ERROR" },
];

const leaderMessages: Exclude<LeaderToFollower, { kind: "push" }>[] = [
  { kind: "welcome", brokerId: 0, brokerEpoch: epoch, incarnation: "" },
  { kind: "attachAnswers", answers },
  { kind: "progress", partitions: [{ attachId: 1, leaderEpoch: 0, highWatermark: 2 ** 33, logStartOffset: -1 }] },
];

const brokerMessages: BrokerToController[] = [
  { kind: "hello", brokerId: 2, brokerEpoch: epoch, incarnation: "inc" },
  {
    kind: "commandReply",
    id: 4,
    error: "STALE_CONTROLLER_EPOCH",
    partitionErrors: [{ topic: "t", partition: 0, error: "INCONSISTENT_TOPIC_ID" }],
  },
  {
    kind: "alterPartition",
    requestId: 1,
    partitions: [
      {
        topic: "t",
        topicId,
        partition: 0,
        leaderEpoch: 3,
        partitionEpoch: 4,
        isr: [
          { brokerId: 1, brokerEpoch: epoch },
          { brokerId: 0, brokerEpoch: 0n },
        ],
        recovering: true,
      },
    ],
  },
  { kind: "ping", id: 0 },
];

const identity = { topic: "t", topicId, partition: 1 };
const header = { controllerId: 1, controllerEpoch: 2, brokerEpoch: epoch };
const brokers = [
  {
    id: 1,
    epoch,
    endpoints: [{ listenerName: "INTERNAL", host: "h", port: 9092, securityProtocol: "PLAINTEXT" }],
    rack: null,
    rpc: null,
    incarnation: null,
  },
  { id: 0, epoch: 1n, endpoints: [], rack: "", rpc: "h:19092", incarnation: "inc" },
];

const controllerMessages: ControllerToBroker[] = [
  { kind: "welcome", controllerId: 0, controllerEpoch: 9, incarnation: "inc" },
  { kind: "refused", error: "STALE_BROKER_EPOCH", controllerId: -1, controllerEpoch: -1 },
  {
    kind: "command",
    id: 1,
    command: {
      ...header,
      kind: "leaderAndIsr",
      partitions: [
        {
          ...identity,
          leader: -1,
          leaderEpoch: 0,
          isr: [1, 2],
          partitionEpoch: 0,
          controllerEpoch: 3,
          replicas: [0, 1, 2],
          addingReplicas: [],
          removingReplicas: [2],
          isNew: true,
          recovering: false,
        },
      ],
      liveLeaders: brokers,
      full: true,
      tailSettled: true,
    },
  },
  {
    kind: "command",
    id: 2,
    command: {
      ...header,
      kind: "updateMetadata",
      brokers,
      partitions: [
        { ...identity, leader: -2, leaderEpoch: 1, isr: [], partitionEpoch: 5, replicas: [1], offlineReplicas: [1] },
      ],
      full: false,
    },
  },
  {
    kind: "command",
    id: 3,
    command: { ...header, kind: "stopReplica", partitions: [{ ...identity, leaderEpoch: -2, deleteLog: true }] },
  },
  {
    kind: "alterPartitionReply",
    requestId: 8,
    error: "NONE",
    controllerEpoch: 6,
    partitions: [
      {
        topic: "t",
        topicId,
        partition: 0,
        error: "INVALID_UPDATE_VERSION",
        leader: 1,
        leaderEpoch: 2,
        isr: [1],
        partitionEpoch: 3,
        recovering: false,
      },
    ],
  },
  { kind: "pong", id: 1, controllerEpoch: 2 },
  { kind: "withoutZooKeeper", sinceMs: 2_000 },
];

const calls: { readonly [Name in CallName]: readonly [RequestOf<Name>, ReplyOf<Name>][] } = {
  controlledShutdown: [
    [
      { brokerId: 1, brokerEpoch: epoch },
      { error: "NONE", remaining: [{ topic: "t", partition: 0 }] },
    ],
  ],
  allocateProducerIds: [
    [
      { brokerId: 1, brokerEpoch: epoch },
      { error: "NONE", firstProducerId: 2n ** 63n - 1000n, length: 1000 },
    ],
    [
      { brokerId: 1, brokerEpoch: 0n },
      { error: "NOT_CONTROLLER", firstProducerId: -1n, length: 0 },
    ],
  ],
  electLeaders: [
    [
      { electionType: "unclean", partitions: [], timeoutMs: 5 },
      { error: "NONE", partitions: [{ topic: "t", partition: 1, error: "ELECTION_NOT_NEEDED", message: "m" }] },
    ],
    [
      { electionType: "preferred", partitions: null, timeoutMs: 0 },
      { error: "NOT_CONTROLLER", partitions: [] },
    ],
  ],
  alterReassignments: [
    [
      {
        timeoutMs: 1,
        partitions: [
          { topic: "t", partition: 0, replicas: [3, 1] },
          { topic: "t", partition: 1, replicas: null },
          { topic: "t", partition: 2, replicas: [] },
        ],
      },
      {
        error: "NONE",
        message: null,
        partitions: [{ topic: "t", partition: 0, error: "NO_REASSIGNMENT_IN_PROGRESS", message: null }],
      },
    ],
  ],
  listReassignments: [
    [
      { timeoutMs: 1, partitions: [{ topic: "t", partition: 0 }] },
      {
        error: "NONE",
        message: "",
        partitions: [{ topic: "t", partition: 0, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] }],
      },
    ],
  ],
  identity: [
    [{}, { brokerId: 0, brokerEpoch: 0n, incarnation: "", directoryIds: ["d"], controllerEpoch: 0 }],
    [{}, { brokerId: 1, brokerEpoch: null, incarnation: "i", directoryIds: [], controllerEpoch: null }],
  ],
  evidence: (["gone", "silent", "alive", "unknown"] as const).map((found) => [
    { controllerId: 1, controllerEpoch: 2, controllerIncarnation: "i" },
    { found, proof: found === "gone" },
  ]),
  epochEnd: [
    [
      { partitions: [{ topicId, partition: 0, currentLeaderEpoch: -1, leaderEpoch: 3 }] },
      { partitions: [{ topicId, partition: 0, error: "FENCED_LEADER_EPOCH", leaderEpoch: -1, endOffset: -1 }] },
    ],
  ],
  logEnds: [
    [
      { partitions: [{ topicId, partition: 0 }] },
      {
        partitions: [{ topicId, partition: 0, error: "NONE", lastEpoch: 3, logEndOffset: 2 ** 50, logStartOffset: 1 }],
      },
    ],
  ],
};

function throughBytes<Out, In>(codec: Codec<Out, In>, message: Out): In {
  return codec.decode(bytesOf(codec.encode(message)));
}

describe("messages between brokers", () => {
  it.each(followerMessages)("read back as written, from follower to leader: $kind", (message) => {
    expect(throughBytes(replicationCodecs.fromClient, message)).toEqual(message);
  });

  it.each(leaderMessages)("read back as written, from leader to follower: $kind", (message) => {
    expect(throughBytes(replicationCodecs.fromServer, message)).toEqual(message);
  });

  it.each(brokerMessages)("read back as written, from broker to controller: $kind", (message) => {
    expect(throughBytes(sessionCodecs.fromClient, message)).toEqual(message);
  });

  it.each(controllerMessages)("read back as written, from controller to broker: $kind", (message) => {
    expect(throughBytes(sessionCodecs.fromServer, message)).toEqual(message);
  });

  it.each(Object.keys(calls) as CallName[])("read back as written, in the call %s", (name) => {
    const { request, reply } = callCodecs[name] as { request: Codec<unknown>; reply: Codec<unknown> };
    for (const [asked, answered] of calls[name]) {
      expect(throughBytes(request, asked)).toEqual(asked);
      expect(throughBytes(reply, answered)).toEqual(answered);
    }
  });

  it("reads an error name that only a newer broker knows as UNKNOWN_SERVER_ERROR", () => {
    const { reply } = callCodecs.controlledShutdown;
    const newer = { error: "SOMETHING_NEW" as "NONE", remaining: [] };
    expect(throughBytes(reply, newer).error).toBe("UNKNOWN_SERVER_ERROR");
    const inherited = { error: "constructor" as "NONE", remaining: [] };
    expect(throughBytes(reply, inherited).error).toBe("UNKNOWN_SERVER_ERROR");
  });
});

describe("bytes that are no message", () => {
  const codecs = [
    replicationCodecs.fromClient,
    replicationCodecs.fromServer,
    sessionCodecs.fromClient,
    sessionCodecs.fromServer,
  ] as Codec<never, { readonly kind: string }>[];

  it.each([
    ["nothing at all", Buffer.alloc(0)],
    ["a field of no known kind", Buffer.from([0x72, 0x00])],
    ["a length beyond the end", Buffer.from([0x1a, 0x7f, 0x01])],
    ["an offset beyond the numbers in use", Buffer.from([0x1a, 0x0b, 0x0a, 0x09, 0x18, ...Array(7).fill(0xff), 0x7f])],
  ])("are refused: %s", (_, bytes) => {
    for (const codec of [replicationCodecs.fromClient, replicationCodecs.fromServer])
      expect(() => codec.decode(bytes)).toThrow();
  });

  it("never do worse than an error, whatever they are", () => {
    const seed = 77;
    const random = new SeededRandom(seed);
    const valid = [
      ...followerMessages.map((message) => bytesOf(replicationCodecs.fromClient.encode(message))),
      ...leaderMessages.map((message) => bytesOf(replicationCodecs.fromServer.encode(message))),
      ...brokerMessages.map((message) => bytesOf(sessionCodecs.fromClient.encode(message))),
      ...controllerMessages.map((message) => bytesOf(sessionCodecs.fromServer.encode(message))),
    ];
    let refused = 0;
    let read = 0;
    for (let round = 0; round < 4_000; round++) {
      const bytes = Buffer.from(valid[random.below(valid.length)] ?? Buffer.alloc(0));
      for (let flips = random.below(4); flips >= 0 && bytes.length > 0; flips--)
        bytes[random.below(bytes.length)] = random.below(256);
      for (const codec of codecs) {
        try {
          expect(typeof codec.decode(bytes).kind).toBe("string");
          read++;
        } catch (failure) {
          // By name: errors of Node's own belong to another realm than this spec.
          expect({ seed, round, name: (failure as Error).name }).toEqual({
            seed,
            round,
            name: expect.stringMatching(/^(MalformedMessage|RangeError|TypeError|Error)$/),
          });
          refused++;
        }
      }
    }
    expect(Math.min(refused, read)).toBeGreaterThan(1_000);
  });
});
