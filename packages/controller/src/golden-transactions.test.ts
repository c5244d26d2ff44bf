import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MemoryCoordination, Operation } from "@ottla/coordination";
import { ConfigStore } from "./config-store";
import type { Controller } from "./controller";
import { ControllerHarness, placed } from "./testing/controller-harness";

const FIXTURES = join(__dirname, "..", "fixtures", "zookeeper");
const WAIT = { timeoutMs: 5_000 };

interface Dump {
  readonly nodes: readonly { readonly path: string; readonly data: string | null; readonly version: number }[];
}

interface Transaction {
  readonly step: string;
  readonly by: string;
  readonly op: string;
  readonly ops?: readonly Step[];
}
interface Step {
  readonly op: string;
  readonly path: string;
  readonly data?: string | null;
  readonly newVersion?: number;
}

/** A write, without what differs from run to run. */
interface Write {
  readonly kind: "create" | "set" | "remove";
  readonly path: string;
  readonly data?: unknown;
  readonly version?: number;
}

/** A write of Kafka's that we make otherwise; null: not at all. `docs/zookeeper-writes.md` tells of them. */
interface Difference {
  readonly step: string;
  readonly path: string;
  readonly version: number;
  readonly ours: object | null;
  readonly reason: string;
}

const FOLLOWER_LEAVES =
  "a follower leaves the ISR and the leader stays: the leader epoch stays too, so that no client is fenced";
const ELECTED_AT_ONCE = "a new controller elects at once instead of writing first that nobody leads";

/** Where we write something else than Kafka, on purpose. */
const DIFFERENCES: readonly Difference[] = [
  ...["t1/partitions/0", "t1/partitions/1"].map((partition) => ({
    step: "broker-expired",
    path: `/brokers/topics/${partition}/state`,
    version: 1,
    ours: { leader_epoch: 0 },
    reason: FOLLOWER_LEAVES,
  })),
  ...[
    { partition: 0, version: 5, leaderEpoch: 1 },
    { partition: 2, version: 4, leaderEpoch: 2 },
    { partition: 0, version: 6, leaderEpoch: 2 },
    { partition: 2, version: 5, leaderEpoch: 3 },
    { partition: 0, version: 7, leaderEpoch: 3 },
    { partition: 2, version: 6, leaderEpoch: 4 },
  ].map(({ partition, version, leaderEpoch }) => ({
    step: "delete-pending",
    path: `/brokers/topics/t1/partitions/${partition}/state`,
    version,
    ours: { leader_epoch: leaderEpoch },
    reason: "as above: one lower from the departure of broker 2 on, which led neither",
  })),
  {
    step: "offline",
    path: "/brokers/topics/__consumer_offsets/partitions/0/state",
    version: 2,
    ours: { leader_epoch: 1 },
    reason: FOLLOWER_LEAVES,
  },
  ...[
    { step: "reassignment-done", topic: "t3", version: 4, ours: { leader_epoch: 2 } },
    { step: "controlled-shutdown", topic: "t3", version: 7, ours: { leader_epoch: 5 } },
    { step: "controlled-shutdown", topic: "__consumer_offsets", version: 1, ours: { leader_epoch: 0 } },
    { step: "controlled-shutdown", topic: "t4", version: 1, ours: { leader_epoch: 0 } },
    { step: "legacy-znodes", topic: "t4", version: 9, ours: { leader_epoch: 6 } },
    { step: "all-stopped", topic: "t3", version: 12, ours: { leader_epoch: 8 } },
    { step: "all-stopped", topic: "__consumer_offsets", version: 8, ours: { leader_epoch: 4 } },
    { step: "all-stopped", topic: "__consumer_offsets", version: 9, ours: { leader_epoch: 4 } },
    { step: "all-stopped", topic: "t4", version: 10, ours: { leader_epoch: 7 } },
    { step: "all-stopped", topic: "t4", version: 11, ours: { leader_epoch: 8 } },
  ].map(({ topic, ...rest }) => ({
    ...rest,
    path: `/brokers/topics/${topic}/partitions/0/state`,
    reason: FOLLOWER_LEAVES,
  })),
  ...[
    { topic: "t3", version: 9, ours: { leader: 3, leader_epoch: 7 } },
    { topic: "t3", version: 10, ours: null },
    { topic: "__consumer_offsets", version: 5, ours: { leader: 3, leader_epoch: 3 } },
    { topic: "__consumer_offsets", version: 6, ours: null },
  ].map(({ topic, ...rest }) => ({
    ...rest,
    step: "controller-failover",
    path: `/brokers/topics/${topic}/partitions/0/state`,
    reason: ELECTED_AT_ONCE,
  })),
];
const met = new Set<(typeof DIFFERENCES)[number]>();

const transactions: readonly Transaction[] = readFileSync(join(FIXTURES, "transactions.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Transaction);

/** Successful writes of brokers that led to the step, by what they belong to. */
function kafkaWrote(step: string, concerns: (path: string) => boolean): Map<string, Write[]> {
  const writes: Write[] = [];
  for (const transaction of transactions) {
    if (transaction.step !== step || !transaction.by.startsWith("broker-")) continue;
    const steps = transaction.op === "multi" ? (transaction.ops ?? []) : [transaction as unknown as Step];
    if (steps.some((one) => one.op === "error")) continue;
    for (const { op, path, data, newVersion } of steps) {
      if (op === "create") writes.push({ kind: "create", path, data: contentOf(path, data ?? null) });
      if (op === "setData") {
        const content = contentOf(path, data ?? null);
        const difference = DIFFERENCES.find((d) => d.step === step && d.path === path && d.version === newVersion);
        if (difference !== undefined) met.add(difference);
        if (difference?.ours === null) continue;
        writes.push({
          kind: "set",
          path,
          data: difference === undefined ? content : { ...(content as object), ...difference.ours },
          version: newVersion,
        });
      }
      if (op === "delete") writes.push({ kind: "remove", path });
    }
  }
  return grouped(writes.filter((write) => concerns(write.path)));
}

function weWrote(harness: ControllerHarness, from: number): Map<string, Write[]> {
  const writes: Write[] = [];
  for (const { by, operations } of harness.ensemble.transactions.slice(from)) {
    if (!by.startsWith("broker-")) continue;
    for (const operation of operations) {
      const write = asWrite(operation);
      // Registrations are not the controller's, and its own node goes with the session.
      if (write === null || write.path.startsWith("/brokers/ids/")) continue;
      if (write.kind !== "remove" || write.path !== "/controller") writes.push(write);
    }
  }
  return grouped(writes);
}

function asWrite(operation: Operation): Write | null {
  const { path } = operation;
  if (operation.kind === "check") return null;
  if (operation.kind === "remove") return { kind: "remove", path };
  const data = contentOf(path, operation.data?.toString("utf8") ?? null);
  if (operation.kind === "create") return { kind: "create", path, data };
  return { kind: "set", path, data, version: (operation.expectedVersion ?? -2) + 1 };
}

function contentOf(path: string, data: string | null): unknown {
  if (data === null || !data.startsWith("{")) return data;
  const json = JSON.parse(data) as Record<string, unknown>;
  if ("timestamp" in json) json.timestamp = "TIME";
  if (path.startsWith("/brokers/topics/") && "topic_id" in json) json.topic_id = "ID";
  return json;
}

/** The order among partitions, and among topics, is nobody's business. */
function grouped(writes: readonly Write[]): Map<string, Write[]> {
  const groups = new Map<string, Write[]>();
  for (const write of writes) {
    const partition = /^\/brokers\/topics\/([^/]+)\/partitions\/(\d+)/.exec(write.path);
    const topic = /^\/(?:brokers|config)\/topics\/([^/]+)|^\/admin\/delete_topics\/([^/]+)/.exec(write.path);
    const key = partition
      ? `partition ${partition[1]}-${partition[2]}`
      : topic
        ? `topic ${topic[1] ?? topic[2]}`
        : write.path;
    groups.set(key, [...(groups.get(key) ?? []), write]);
  }
  return groups;
}

/**
 * Brokers of the dump, registered before its states were written; then everything else in it; then the controller.
 *
 * @param options.on the broker whose controller it is; default 1
 * @param options.epoch what its term has; default 1
 */
async function startedFrom(step: string | null, options: { readonly on?: number; readonly epoch?: number } = {}) {
  const { on = 1, epoch = 1 } = options;
  const harness = new ControllerHarness();
  const dump: Dump =
    step === null ? { nodes: [] } : (JSON.parse(readFileSync(join(FIXTURES, `${step}.json`), "utf8")) as Dump);
  const sessions = new Map<number, MemoryCoordination>();
  const ids = dump.nodes.flatMap(({ path }) => /^\/brokers\/ids\/(\d+)$/.exec(path)?.[1] ?? []).map(Number);
  for (const id of ids.length > 0 ? ids : [1]) sessions.set(id, await harness.broker(id));
  const there = new Set(harness.ensemble.paths());
  harness.ensemble.plant(
    dump.nodes
      .filter(({ path, data }) => !(there.has(path) && data === null) && !path.startsWith("/brokers/ids/"))
      .filter(({ path }) => path !== "/controller")
      .map((node) => (node.path === "/controller_epoch" ? { ...node, data: String(epoch - 1), version: 0 } : node)),
  );
  const from = harness.ensemble.transactions.length;
  const controller = await harness.controller(on, sessionOf(sessions, on));
  await harness.settled();
  return { harness, sessions, controller, electedFrom: from, from: harness.ensemble.transactions.length };
}

function sessionOf(sessions: ReadonlyMap<number, MemoryCoordination>, id: number): MemoryCoordination {
  const session = sessions.get(id);
  if (session === undefined) throw new Error(`broker ${id} is not in the dump`);
  return session;
}

function epochOf(harness: ControllerHarness, id: number): bigint {
  const epoch = harness.channel.to(id, "leaderAndIsr")[0]?.brokerEpoch;
  if (epoch === undefined) throw new Error(`broker ${id} was told nothing`);
  return epoch;
}

const all = () => true;
/** Configs are changed by tools, throttles among them. */
const notConfigs = (path: string) => !path.startsWith("/config/");

/** A leader proposes an ISR, from the state as it stands. */
async function propose(harness: ControllerHarness, topic: string, partition: number, isr: readonly number[]) {
  const { network } = harness;
  const { leader, leader_epoch: leaderEpoch } = harness.state(topic, partition);
  const observer = network.process(leader).coordination;
  const node = await observer.get(`/brokers/topics/${topic}/partitions/${partition}/state`);
  const { topic_id: topicId } = harness.json(`/brokers/topics/${topic}`) as { topic_id: string };
  const proposal = {
    topic,
    topicId,
    partition,
    leaderEpoch,
    partitionEpoch: node?.stat.version ?? -1,
    recovering: false,
  };
  expect(await harness.now(network.propose(leader, { ...proposal, isr }))).toMatchObject({
    partitions: [{ error: "NONE", isr }],
  });
  await harness.settled();
}

describe("the writes of a Kafka 3.9.1 controller", () => {
  it("01: the first election", async () => {
    const { harness, electedFrom } = await startedFrom(null);
    const concerns = (path: string) => ["/controller", "/controller_epoch", "/feature"].includes(path);
    const kafka = kafkaWrote("one-broker", concerns);
    expect(kafka.size).toBe(3);
    expect(weWrote(harness, electedFrom)).toEqual(kafka);
  });

  it("02: nothing when brokers come to an empty cluster", async () => {
    const { harness, from } = await startedFrom("01-one-broker");
    await harness.broker(2);
    await harness.broker(3);
    await harness.settled();
    expect(weWrote(harness, from)).toEqual(kafkaWrote("three-brokers", (path) => !path.startsWith("/brokers/ids/")));
  });

  it("03: topics with a manual assignment, one of them with configs", async () => {
    const { harness, controller, from } = await startedFrom("02-three-brokers");
    const configs = { "retention.ms": "3600000", "cleanup.policy": "compact,delete" };
    const t1 = placed("t1", [[1, 2, 3], [2, 3, 1], [3, 1, 2]]); // biome-ignore format: one line reads as one topic
    await create(harness, controller, t1);
    await create(harness, controller, placed("t2", [[1, 2]], configs));
    const kafka = kafkaWrote("topics-created", all);
    expect([...kafka.values()].flat()).toHaveLength(14);
    expect(weWrote(harness, from)).toEqual(kafka);
  });

  it("05: a broker's session expires", async () => {
    const { harness, sessions, from } = await startedFrom("04-broker-killed");
    await sessionOf(sessions, 3).close();
    await harness.settled();
    expect(weWrote(harness, from)).toEqual(kafkaWrote("broker-expired", all));
  });

  it("06: a broker comes back, and its leaders take it into their ISRs", async () => {
    const { harness, from } = await startedFrom("05-broker-expired");
    await harness.broker(3);
    await harness.settled();
    await propose(harness, "t1", 2, [1, 2, 3]);
    await propose(harness, "t1", 1, [2, 1, 3]);
    await propose(harness, "t1", 0, [1, 2, 3]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("broker-back", (path) => !path.startsWith("/brokers/ids/")));
  });

  it("07: an election of the preferred leader", async () => {
    const { harness, controller, from } = await startedFrom("06-broker-back");
    const request = { kind: "preferred", partitions: [{ topic: "t1", partition: 2 }] } as const;
    expect(await harness.now(controller.electLeaders(request, WAIT, harness.signal))).toMatchObject([
      { error: "NONE" },
    ]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("preferred-election", all));
  });

  it("08: a topic's configs change", async () => {
    const { harness, sessions, from } = await startedFrom("07-preferred-election");
    const { clock, logger, signal } = harness;
    const store = await ConfigStore.start({ coordination: sessionOf(sessions, 3), clock, logger }, () => {}, signal);
    await store.alter({ type: "topics", name: "t1" }, (current) => ({
      ...current,
      "max.message.bytes": "2000000",
      "min.insync.replicas": "2",
    }));
    const kafka = kafkaWrote("topic-config", all);
    expect([...kafka.values()].flat()).toHaveLength(2);
    expect(weWrote(harness, from)).toEqual(kafka);
    await store.close();
  });

  it("09: a topic gets more partitions", async () => {
    const { harness, controller, from } = await startedFrom("08-topic-config");
    const request = { name: "t2", count: 3, assignments: [[3, 2], [2, 3]] }; // biome-ignore format: as above
    const [outcome] = await harness.now(controller.createPartitions([request], WAIT, harness.signal));
    expect(outcome).toMatchObject({ error: "NONE" });
    const kafka = kafkaWrote("partitions-added", all);
    expect([...kafka.values()].flat()).toHaveLength(5);
    expect(weWrote(harness, from)).toEqual(kafka);
  });

  it("10: leaders shrink their ISRs", async () => {
    const { harness, from } = await startedFrom("09-partitions-added");
    await propose(harness, "t1", 0, [1, 2]);
    await propose(harness, "t1", 1, [2, 1]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("isr-shrunk", all));
  });

  it("11: leaders expand their ISRs", async () => {
    const { harness, from } = await startedFrom("10-isr-shrunk");
    await propose(harness, "t1", 1, [2, 1, 3]);
    await propose(harness, "t1", 0, [1, 2, 3]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("isr-expanded", all));
  });

  it("12: two blocks of producer ids", async () => {
    const { harness, controller, from } = await startedFrom("11-isr-expanded");
    for (const [id, first] of [
      [3, 0n],
      [2, 1000n],
    ] as const) {
      // biome-ignore format: as above
      const work = controller.allocateProducerIds(id, epochOf(harness, id), harness.signal);
      expect(await harness.now(work)).toEqual({ error: "NONE", firstProducerId: first, length: 1000 });
    }
    expect(weWrote(harness, from)).toEqual(kafkaWrote("producer-ids", all));
  });

  it("14 and 15: a partition is reassigned", async () => {
    const { harness, controller, from } = await startedFrom("13-before-reassignment");
    const request = { topic: "t3", partition: 0, replicas: [3, 1] };
    const work = controller.alterPartitionReassignments([request], WAIT, harness.signal);
    expect(await harness.now(work)).toMatchObject([{ error: "NONE" }]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("reassignment-in-progress", notConfigs));
    const listed = await harness.now(controller.listPartitionReassignments(null, harness.signal));
    expect(listed).toMatchObject({ reassignments: [{ replicas: [3, 1, 2], adding: [3], removing: [2] }] });

    const caughtUpFrom = harness.ensemble.transactions.length;
    await propose(harness, "t3", 0, [1, 2, 3]);
    expect(weWrote(harness, caughtUpFrom)).toEqual(kafkaWrote("reassignment-done", notConfigs));
    expect(harness.channel.to(2, "stopReplica").at(-1)?.partitions).toMatchObject([
      { topic: "t3", leaderEpoch: 2, deleteLog: true },
    ]);
  });

  it("17 and 18: a reassignment is cancelled", async () => {
    const { harness, controller, from } = await startedFrom("16-reassignment-verified");
    const alter = (replicas: readonly number[] | null) =>
      harness.now(
        controller.alterPartitionReassignments([{ topic: "t3", partition: 0, replicas }], WAIT, harness.signal),
      );
    expect(await alter([2])).toMatchObject([{ error: "NONE" }]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("reassignment-2-in-progress", notConfigs));
    const cancelledFrom = harness.ensemble.transactions.length;
    expect(await alter(null)).toMatchObject([{ error: "NONE" }]);
    expect(weWrote(harness, cancelledFrom)).toEqual(kafkaWrote("reassignment-cancelled", notConfigs));
    expect(await alter(null)).toMatchObject([{ error: "NO_REASSIGNMENT_IN_PROGRESS" }]);
  });

  it("19: a topic is deleted", async () => {
    const { harness, controller, from } = await startedFrom("18-reassignment-cancelled");
    const [outcome] = await harness.now(controller.deleteTopics([{ name: "t2" }], WAIT, harness.signal));
    expect(outcome).toMatchObject({ name: "t2", error: "NONE" });
    const kafka = kafkaWrote("topic-deleted", all);
    expect([...kafka.values()].flat()).toHaveLength(17);
    expect(weWrote(harness, from)).toEqual(kafka);
  });

  it("20 and 21: a deletion waits for a dead broker, and is finished when it is back", async () => {
    const { harness, sessions, controller, from } = await startedFrom("19-topic-deleted");
    await sessionOf(sessions, 2).close();
    await harness.settled();
    const deletion = controller.deleteTopics([{ name: "t1" }], WAIT, harness.signal);
    await harness.after(WAIT.timeoutMs);
    expect(await harness.now(deletion)).toMatchObject([{ error: "REQUEST_TIMED_OUT" }]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("delete-pending", all));

    const resumedFrom = harness.ensemble.transactions.length;
    await harness.broker(2);
    await harness.settled();
    const kafka = kafkaWrote("delete-finished", (path) => path.includes("t1"));
    expect(weWrote(harness, resumedFrom)).toEqual(kafka);
  });

  it("27: a broker leaves in order", async () => {
    const { harness, controller, from } = await startedFrom("26-group");
    const { brokerEpoch, coordination } = harness.network.process(3);
    const leave = controller.controlledShutdown(3, brokerEpoch, harness.signal);
    expect(await harness.now(leave)).toEqual({ error: "NONE", remaining: [] });
    await coordination.close();
    await harness.settled();
    expect(weWrote(harness, from)).toEqual(kafkaWrote("controlled-shutdown", all));
  });

  it("28: the last member of an ISR dies", async () => {
    const { harness, sessions, from } = await startedFrom("27-controlled-shutdown");
    await sessionOf(sessions, 2).close();
    await harness.settled();
    expect(weWrote(harness, from)).toEqual(kafkaWrote("offline", all));
  });

  it("29: a broker outside the ISR comes back to a partition without a leader", async () => {
    const { harness, from } = await startedFrom("28-offline");
    await harness.broker(3);
    await harness.settled();
    await propose(harness, "t3", 0, [1, 3]);
    await propose(harness, "__consumer_offsets", 0, [1, 3]);
    expect(weWrote(harness, from)).toEqual(kafkaWrote("offline-still", (path) => !path.startsWith("/brokers/ids/")));
  });

  it("30: an unclean election is allowed", async () => {
    const { harness, sessions, controller, from } = await startedFrom("29-offline-still");
    const { clock, logger, signal } = harness;
    const coordination = sessionOf(sessions, 1);
    const store = await ConfigStore.start({ coordination, clock, logger }, (entity) => controller.configsChanged(entity), signal); // biome-ignore format: one call
    await harness.settled();
    expect(weWrote(harness, from)).toEqual(new Map());
    await store.alter({ type: "topics", name: "t4" }, () => ({ "unclean.leader.election.enable": "true" }));
    await harness.settled();
    expect(weWrote(harness, from)).toEqual(kafkaWrote("unclean-election", all));
    await store.close();
  });

  it("31: the controller's session expires", async () => {
    const { harness, from } = await startedFrom("30-unclean-election");
    await harness.broker(2);
    await harness.controller(3, harness.network.process(3).coordination);
    await harness.settled();
    await propose(harness, "__consumer_offsets", 0, [1, 3, 2]);
    await propose(harness, "t4", 0, [3, 2]);
    await harness.network.process(1).coordination.close();
    await harness.settled();
    const kafka = kafkaWrote("controller-failover", (path) => !path.startsWith("/brokers/ids/"));
    expect(weWrote(harness, from)).toEqual(kafka);
  });

  it("32: an election and a reassignment, asked for by a node", async () => {
    const { harness, from } = await startedFrom("31-controller-failover", { on: 3, epoch: 2 });
    await harness.broker(1);
    await harness.settled();
    await propose(harness, "t3", 0, [3, 1]);
    await propose(harness, "__consumer_offsets", 0, [3, 2, 1]);
    const tool = await harness.ensemble.connect({ name: "tool" });
    const election = { version: 1, partitions: [{ topic: "t4", partition: 0 }] };
    await tool.create("/admin/preferred_replica_election", Buffer.from(JSON.stringify(election)));
    await harness.settled();
    const reassignment = { version: 1, partitions: [{ topic: "t4", partition: 0, replicas: [1, 2] }] };
    await tool.create("/admin/reassign_partitions", Buffer.from(JSON.stringify(reassignment)));
    await harness.settled();
    await propose(harness, "t4", 0, [3, 2, 1]);
    const kafka = kafkaWrote("legacy-znodes", (path) => !path.startsWith("/brokers/ids/"));
    expect(weWrote(harness, from)).toEqual(kafka);
  });

  it("33: all brokers leave in order", async () => {
    const { harness, controller, from } = await startedFrom("32-legacy-znodes", { on: 3, epoch: 2 });
    for (const id of [1, 2, 3]) {
      const { brokerEpoch, coordination } = harness.network.process(id);
      const leave = await harness.now(controller.controlledShutdown(id, brokerEpoch, harness.signal));
      expect(leave).toMatchObject({ error: "NONE" });
      if (id === 3) await harness.now(controller.close());
      await coordination.close();
      await harness.settled();
    }
    const kafka = kafkaWrote("all-stopped", (path) => path.startsWith("/brokers/topics/"));
    expect(weWrote(harness, from)).toEqual(kafka);
  });

  it("differ from ours exactly where a reason is given", () => {
    expect(met).toEqual(new Set(DIFFERENCES));
  });
});

async function create(harness: ControllerHarness, controller: Controller, request: ReturnType<typeof placed>) {
  const [outcome] = await harness.now(controller.createTopics([request], WAIT, harness.signal));
  expect(outcome).toMatchObject({ error: "NONE" });
}
