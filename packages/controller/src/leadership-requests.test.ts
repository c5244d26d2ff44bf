import type { BrokerReply } from "./broker-channel";
import { ControllerHarness, placed } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };
const DONE: BrokerReply = { error: "NONE", partitionErrors: [] };

async function cluster(assignment: readonly (readonly number[])[], configs: Record<string, string> = {}) {
  const harness = new ControllerHarness();
  const network = await harness.cluster(4);
  await harness.now(harness.active.createTopics([placed("t", assignment, configs)], WAIT, harness.signal));
  await harness.after(100);
  const { topic_id: topicId } = harness.json("/brokers/topics/t") as { topic_id: string };
  /** The leader proposes an ISR from the state as it stands. */
  const propose = async (isr: readonly number[], partition = 0) => {
    const { leader, leader_epoch: leaderEpoch } = harness.state("t", partition);
    const path = `/brokers/topics/t/partitions/${partition}/state`;
    const node = await network.process(leader).coordination.get(path);
    const version = { partitionEpoch: node?.stat.version ?? -1, leaderEpoch };
    const reply = network.propose(leader, { topic: "t", topicId, partition, ...version, isr, recovering: false });
    expect(await harness.now(reply)).toMatchObject({ partitions: [{ error: "NONE" }] });
    await harness.settled();
  };
  return { harness, network, propose };
}

describe("a broker that leaves in order", () => {
  it("is told what it still leads: what nobody else can", async () => {
    const { harness, network, propose } = await cluster([
      [2, 3],
      [2, 4],
      [3, 2],
    ]);
    await propose([2], 1);
    const leave = (epoch: bigint) => harness.now(harness.active.controlledShutdown(2, epoch, harness.signal));
    const { brokerEpoch } = network.process(2);
    expect(await leave(brokerEpoch - 1n)).toEqual({ error: "STALE_BROKER_EPOCH" });
    expect(await leave(brokerEpoch)).toMatchObject({ error: "NONE", remaining: [{ topic: "t", partition: 1 }] });
    expect(harness.state("t", 0)).toMatchObject({ leader: 3, isr: [3], leader_epoch: 1 });
    expect(harness.state("t", 2)).toMatchObject({ leader: 3, isr: [3], leader_epoch: 0 });
    await harness.settled();
    expect(harness.channel.to(2, "stopReplica").at(-1)?.partitions).toMatchObject([{ partition: 2, deleteLog: false }]);
    // The new leader hears before any client does.
    const told = harness.channel.sent.map(({ brokerId, command }) => `${command.kind} ${brokerId}`);
    expect(told.lastIndexOf("leaderAndIsr 3")).toBeLessThan(told.lastIndexOf("updateMetadata 4"));
  });

  it("is elected nowhere and joins no ISR until it is another process", async () => {
    const { harness, network, propose } = await cluster([[3, 2, 4]]);
    await harness.now(harness.active.controlledShutdown(2, network.process(2).brokerEpoch, harness.signal));
    const request = { kind: "preferred", partitions: [{ topic: "t", partition: 0 }] } as const;
    expect(await harness.now(harness.active.electLeaders(request, WAIT, harness.signal))).toMatchObject([
      { error: "ELECTION_NOT_NEEDED" },
    ]);
    expect(harness.state("t").isr).toEqual([3, 4]);
    await expect(propose([3, 4, 2])).rejects.toThrow("INELIGIBLE_REPLICA");
    network.kill(2);
    await harness.broker(2);
    await harness.after(100);
    await propose([3, 4, 2]);
    expect(harness.state("t").isr).toEqual([3, 4, 2]);
  });

  it("that is not registered is not available", async () => {
    const { harness } = await cluster([[2]]);
    expect(await harness.now(harness.active.controlledShutdown(9, 1n, harness.signal))).toEqual({
      error: "BROKER_NOT_AVAILABLE",
    });
  });
});

describe("an election on request", () => {
  it("answers for each partition by Kafka's names, and leaves out what needs none when all are asked for", async () => {
    const { harness, network } = await cluster([
      [2, 3],
      [3, 2],
      [4, 3],
    ]);
    network.kill(2);
    await harness.after(100);
    const names = [0, 1, 2, 7].map((partition) => ({ topic: "t", partition }));
    const ask = (partitions: typeof names | null, kind: "preferred" | "unclean" = "preferred") =>
      harness.now(harness.active.electLeaders({ kind, partitions }, WAIT, harness.signal));
    expect((await ask(names)).map(({ error }) => error)).toEqual([
      "PREFERRED_LEADER_NOT_AVAILABLE",
      "ELECTION_NOT_NEEDED",
      "ELECTION_NOT_NEEDED",
      "UNKNOWN_TOPIC_OR_PARTITION",
    ]);
    expect(await ask(null)).toMatchObject([{ partition: 0, error: "PREFERRED_LEADER_NOT_AVAILABLE" }]);
    expect(await ask(names.slice(0, 1), "unclean")).toMatchObject([{ error: "ELECTION_NOT_NEEDED" }]);
  });

  it("gives the leadership back to the preferred replica, the ISR in its order", async () => {
    const { harness, network, propose } = await cluster([[2, 3]]);
    network.kill(2);
    await harness.after(100);
    await harness.broker(2);
    await harness.after(100);
    await propose([3, 2]);
    const request = { kind: "preferred", partitions: [{ topic: "t", partition: 0 }] } as const;
    expect(await harness.now(harness.active.electLeaders(request, WAIT, harness.signal))).toMatchObject([
      { error: "NONE" },
    ]);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [3, 2], leader_epoch: 2 });
  });

  it("may be unclean: of those present the longest log leads", async () => {
    const { harness, network, propose } = await cluster([[2, 3, 4]]);
    await propose([2]);
    const request = { kind: "unclean", partitions: [{ topic: "t", partition: 0 }] } as const;
    const ask = () => harness.now(harness.active.electLeaders(request, WAIT, harness.signal));
    network.kill(2);
    await harness.after(3_000);
    // It is only suspected: its leadership stands until its session has expired.
    expect(await ask()).toMatchObject([{ error: "ELECTION_NOT_NEEDED" }]);
    await harness.untilSessionsExpire();
    network.process(3).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 5 });
    network.process(4).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 8 });
    expect(await ask()).toMatchObject([{ error: "NONE" }]);
    expect(harness.state("t")).toMatchObject({ leader: 4, isr: [4], leader_recovery_state: 1 });
  });
});

describe("a reassignment", () => {
  const alter = (harness: ControllerHarness, replicas: readonly number[] | null) =>
    harness.now(
      harness.active.alterPartitionReassignments([{ topic: "t", partition: 0, replicas }], WAIT, harness.signal),
    );

  it("whose leader is not in the target gives the leadership to the first target replica in sync", async () => {
    const { harness, propose } = await cluster([[2, 3]]);
    expect(await alter(harness, [4, 3])).toMatchObject([{ error: "NONE" }]);
    await propose([2, 3, 4]);
    expect(harness.state("t")).toMatchObject({ leader: 4, isr: [3, 4], leader_epoch: 2 });
    expect(harness.json("/brokers/topics/t")).toMatchObject({ partitions: { 0: [4, 3] }, adding_replicas: {} });
  });

  it("once complete, is told to the leader as the target alone, before those that leave are out of the ISR", async () => {
    const { harness, propose } = await cluster([[2, 3]]);
    await alter(harness, [2, 4]);
    await propose([2, 3, 4]);
    await harness.settled();
    const told = harness.channel.to(2, "leaderAndIsr").flatMap(({ partitions }) => partitions);
    const asFinished = told.filter(({ leaderEpoch }) => leaderEpoch === 2);
    expect(asFinished.length).toBeGreaterThan(0);
    for (const { replicas } of asFinished) expect(replicas).toEqual([2, 4]);
    expect(asFinished.at(-1)).toMatchObject({ isr: [2, 4] });
  });

  it("is replaced by another, and the replica that is not wanted any more goes", async () => {
    const { harness } = await cluster([[2, 3]]);
    await alter(harness, [4, 3]);
    expect(await alter(harness, [1, 3])).toMatchObject([{ error: "NONE" }]);
    expect(harness.json("/brokers/topics/t")).toMatchObject({
      partitions: { 0: [1, 3, 2] },
      adding_replicas: { 0: [1] },
      removing_replicas: { 0: [2] },
    });
    await harness.settled();
    expect(harness.channel.to(4, "stopReplica").at(-1)?.partitions).toMatchObject([{ topic: "t", deleteLog: true }]);
  });

  it("is finished by the next controller from ZooKeeper's state alone", async () => {
    const { harness, network, propose } = await cluster([[2, 3]]);
    await alter(harness, [4, 3]);
    network.kill(1);
    await harness.after(500);
    expect(harness.active.epoch).toBe(2);
    const listed = await harness.now(harness.active.listPartitionReassignments(null, harness.signal));
    expect(listed).toMatchObject({ reassignments: [{ topic: "t", adding: [4], removing: [2] }] });
    await propose([2, 3, 4]);
    expect(harness.json("/brokers/topics/t")).toMatchObject({ partitions: { 0: [4, 3] } });
  });

  it("goes on under the next controller though the last one ended before the leader heard of the new replica", async () => {
    const { harness, network, propose } = await cluster([[2, 3]]);
    network.kill(1);
    const { coordination } = network.process(2);
    const node = await coordination.get("/brokers/topics/t");
    const moving = { partitions: { 0: [4, 3, 2] }, adding_replicas: { 0: [4] }, removing_replicas: { 0: [2] } };
    const content = { ...(JSON.parse(String(node?.data)) as object), ...moving };
    await coordination.set("/brokers/topics/t", Buffer.from(JSON.stringify(content)), null);
    await harness.after(500);
    expect(harness.active.epoch).toBe(2);
    expect(harness.state("t")).toMatchObject({ leader: 2, leader_epoch: 1 });
    const [told] = harness.channel.to(2, "leaderAndIsr").at(-1)?.partitions ?? [];
    expect(told).toMatchObject({ leaderEpoch: 1, replicas: [4, 3, 2] });
    await propose([2, 3, 4]);
    expect(harness.json("/brokers/topics/t")).toMatchObject({ partitions: { 0: [4, 3] }, adding_replicas: {} });
  });

  it.each([
    ["is in sync", [2, 3, 4], 2],
    ["leads", [4, 2, 3], 4],
  ])(
    "that was cancelled is undone under the next controller, where who is no replica any more %s",
    async (_, isr, leader) => {
      const { harness, network, propose } = await cluster([[2, 3]]);
      await alter(harness, leader === 4 ? [4, 3] : [2, 4, 3]);
      network.kill(1);
      const { coordination } = network.process(2);
      const at = async (path: string) => JSON.parse(String((await coordination.get(path))?.data)) as object;
      const put = (path: string, content: object) => coordination.set(path, Buffer.from(JSON.stringify(content)), null);
      const state = "/brokers/topics/t/partitions/0/state";
      await put(state, { ...(await at(state)), leader, isr });
      const cancelled = { partitions: { 0: [2, 3] }, adding_replicas: {}, removing_replicas: {} };
      await put("/brokers/topics/t", { ...(await at("/brokers/topics/t")), ...cancelled });
      await harness.after(500);
      expect(harness.state("t").leader).toBe(2);
      expect(new Set(harness.state("t").isr)).toEqual(new Set([2, 3]));
      expect(harness.channel.to(4, "stopReplica").at(-1)?.partitions).toMatchObject([{ topic: "t", deleteLog: true }]);
      await propose([2, 3]);
    },
  );

  it("is not cancelled while only a replica that was being added is in sync: it would be deleted with all it holds", async () => {
    const { harness, network, propose } = await cluster([[2, 3]]);
    await alter(harness, [4, 3]);
    await propose([2, 4]);
    network.kill(2);
    await harness.after(500);
    expect(harness.state("t")).toMatchObject({ leader: 4, isr: [4] });
    expect(await alter(harness, null)).toMatchObject([{ error: "INVALID_REPLICA_ASSIGNMENT" }]);
    await harness.settled();
    expect(harness.channel.to(4, "stopReplica")).toEqual([]);
    expect(harness.json("/brokers/topics/t")).toMatchObject({ adding_replicas: { 0: [4] } });
  });

  it("tells a broker that was away which replica it does not have any more", async () => {
    const { harness, network } = await cluster([[2, 3, 4]]);
    network.kill(4);
    await harness.after(100);
    await alter(harness, [2, 3]);
    expect(harness.json("/brokers/topics/t")).toMatchObject({ partitions: { 0: [2, 3] } });
    await harness.broker(4);
    await harness.after(100);
    expect(harness.channel.to(4, "stopReplica").at(-1)?.partitions).toMatchObject([{ topic: "t", deleteLog: true }]);
  });

  it("holds a deletion of its topic up until it is done", async () => {
    const { harness, propose } = await cluster([[2, 3]]);
    await alter(harness, [4, 3]);
    const deletion = harness.active.deleteTopics([{ name: "t" }], WAIT, harness.signal);
    await harness.after(1_000);
    expect(await harness.outcomeOf(deletion)).toBeNull();
    await propose([2, 3, 4]);
    expect(await harness.now(deletion)).toMatchObject([{ error: "NONE" }]);
    expect(harness.json("/brokers/topics/t")).toBeNull();
  });
});

describe("a lost log directory", () => {
  it("takes its replicas out, when the broker refuses them, until it is another process", async () => {
    const { harness, network, propose } = await cluster([
      [2, 3],
      [2, 4],
      [3, 2],
    ]);
    harness.channel.reply = (brokerId, command): BrokerReply => {
      if (brokerId !== 2 || command.kind !== "leaderAndIsr") return DONE;
      const dark = command.partitions.filter(({ partition }) => partition !== 1);
      return {
        error: "NONE",
        partitionErrors: dark.map(({ topic, partition }) => ({ topic, partition, error: "KAFKA_STORAGE_ERROR" })),
      };
    };
    const event = Buffer.from(JSON.stringify({ version: 1, broker: 2, event: 1 }));
    await network
      .process(2)
      .coordination.create("/log_dir_event_notification/log_dir_event_", event, { sequential: true });
    await harness.settled();
    expect(harness.state("t", 0)).toMatchObject({ leader: 3, isr: [3], leader_epoch: 1 });
    expect(harness.state("t", 1)).toMatchObject({ leader: 2, isr: [2, 4] });
    expect(harness.state("t", 2)).toMatchObject({ leader: 3, isr: [3], leader_epoch: 0 });
    const known = harness.channel.to(4, "updateMetadata").flatMap(({ partitions }) => partitions);
    expect(known.findLast(({ partition }) => partition === 0)).toMatchObject({ offlineReplicas: [2] });
    expect(harness.ensemble.paths().filter((path) => path.includes("log_dir_event_0"))).toEqual([]);
    await expect(propose([3, 2])).rejects.toThrow("INELIGIBLE_REPLICA");

    harness.channel.reply = () => DONE;
    network.kill(2);
    await harness.broker(2);
    await harness.after(100);
    await propose([3, 2]);
  });
});

describe("a replica that its broker could not hold, and can hold again", () => {
  it("is taken out and may come back, and leads where nobody else is in sync", async () => {
    const { harness, network, propose } = await cluster([
      [2, 3],
      [2, 4],
    ]);
    await propose([2], 1);
    const refusing = new Set([0, 1]);
    harness.channel.reply = (brokerId, command): BrokerReply => {
      if (brokerId !== 2 || command.kind !== "leaderAndIsr") return DONE;
      const dark = command.partitions.filter(({ partition }) => refusing.has(partition));
      return {
        error: "NONE",
        partitionErrors: dark.map(({ topic, partition }) => ({ topic, partition, error: "KAFKA_STORAGE_ERROR" })),
      };
    };
    const tell = async () => {
      const event = Buffer.from(JSON.stringify({ version: 1, broker: 2, event: 1 }));
      const { coordination } = network.process(2);
      await coordination.create("/log_dir_event_notification/log_dir_event_", event, { sequential: true });
      await harness.settled();
    };
    await tell();
    expect(harness.state("t", 0)).toMatchObject({ leader: 3, isr: [3], leader_epoch: 1 });
    expect(harness.state("t", 1)).toMatchObject({ leader: -1, isr: [2], leader_epoch: 1 });

    refusing.clear();
    await tell();
    await harness.after(100);
    expect(harness.state("t", 1)).toMatchObject({ leader: 2, isr: [2], leader_epoch: 2 });
    const known = harness.channel.to(3, "updateMetadata").flatMap(({ partitions }) => partitions);
    expect(known.findLast(({ partition }) => partition === 0)).toMatchObject({ offlineReplicas: [] });
    await propose([3, 2]);
  });
});

describe("a leader that cannot be told of its leadership", () => {
  it("keeps clients waiting until its session breaks; then they may know (rule 48)", async () => {
    const { harness, network } = await cluster([[2, 3]]);
    harness.channel.reply = async (brokerId, command) => {
      if (brokerId === 3 && command.kind === "leaderAndIsr") await new Promise<never>(() => {});
      return DONE;
    };
    network.kill(2);
    await harness.after(100);
    const leaderKnownTo4 = () =>
      harness.channel
        .to(4, "updateMetadata")
        .flatMap(({ partitions }) => partitions)
        .findLast(({ topic }) => topic === "t")?.leader;
    expect(harness.state("t").leader).toBe(3);
    expect(leaderKnownTo4()).toBe(2);
    network.process(3).session?.end.close();
    network.process(3).session = null;
    network.dials = false;
    await harness.settled();
    expect(leaderKnownTo4()).toBe(3);
  });
});

describe("leader-and-controller-restart: both killed and back before a new controller loads", () => {
  it("the leader's new process leads in the next epoch, or another one does", async () => {
    const { harness, network } = await cluster([[1, 2, 3]]);
    const path = "/controller";
    network.process(1).state = "killed";
    harness.ensemble.disconnect(network.process(1).coordination);
    // The new process replaces the registration and the duty's node, which the old session holds (rule 52).
    await harness.broker(1);
    await network.process(1).coordination.remove(path, null);
    await harness.controller(1, network.process(1).coordination);
    await harness.after(500);
    expect(harness.active.epoch).toBe(2);
    const { leader_epoch: epoch, isr } = harness.state("t");
    expect(epoch).toBe(1);
    expect(isr).toEqual(expect.arrayContaining([2, 3]));
  });
});

describe("preferred leaders", () => {
  it("get back what is led elsewhere once the balance is checked", async () => {
    const harness = new ControllerHarness();
    const network = await harness.cluster(3, { config: { autoLeaderRebalanceEnable: true } });
    await harness.now(harness.active.createTopics([placed("t", [[2, 3]])], WAIT, harness.signal));
    await network.process(2).coordination.close();
    await harness.after(100);
    await harness.broker(2);
    await harness.after(100);
    const { topic_id: topicId } = harness.json("/brokers/topics/t") as { topic_id: string };
    const state = { topic: "t", topicId, partition: 0, leaderEpoch: 1, partitionEpoch: 1, recovering: false };
    await harness.now(network.propose(3, { ...state, isr: [3, 2] }));
    expect(harness.state("t").leader).toBe(3);
    await harness.after(310_000);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [3, 2] });
  });
});
