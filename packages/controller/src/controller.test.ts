import type { BrokerCommand, PartitionMetadata } from "./broker-channel";
import { ControllerHarness, placed, topic } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };

describe("a lone broker", () => {
  it("is elected with epoch 1, and creates a topic that it leads from epoch 0", async () => {
    const harness = new ControllerHarness();
    const { controller } = await harness.lone();
    expect(controller).toMatchObject({ controllerId: 1, isActive: true, epoch: 1 });

    const [outcome] = await harness.now(controller.createTopics([topic("t", 2)], WAIT, harness.signal));
    expect(outcome).toMatchObject({ name: "t", error: "NONE", partitions: 2, replicationFactor: 1 });
    expect(harness.json("/brokers/topics/t/partitions/1/state")).toEqual({
      version: 1,
      leader: 1,
      leader_epoch: 0,
      isr: [1],
      controller_epoch: 1,
    });
    const assigned = harness.channel.to(1, "leaderAndIsr").at(-1);
    expect(assigned).toMatchObject({ controllerEpoch: 1, full: false });
    expect(assigned?.partitions[0]).toMatchObject({ topic: "t", partition: 0, leader: 1, leaderEpoch: 0, isNew: true });
  });

  it("hears of all its replicas before it hears of metadata", async () => {
    const harness = new ControllerHarness();
    await harness.lone();
    expect(harness.channel.sent.map(({ command }) => command.kind)).toEqual(["leaderAndIsr", "updateMetadata"]);
    expect(harness.channel.sent[1]?.command).toMatchObject({ full: true, brokers: [{ id: 1 }] });
  });

  it("that restarts leads in the next epoch, once, since it has not opened the old one", async () => {
    const harness = new ControllerHarness();
    const { session, controller } = await harness.lone();
    await harness.now(controller.createTopics([topic("t")], WAIT, harness.signal));
    await harness.now(controller.close());
    await session.close();

    const restarted = await harness.lone();
    expect(restarted.controller.epoch).toBe(2);
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toMatchObject({
      leader: 1,
      leader_epoch: 1,
      isr: [1],
    });

    // A new term of the same incarnation changes nothing.
    await harness.now(restarted.controller.close());
    await harness.controller(1, restarted.session);
    await harness.settled();
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toMatchObject({ leader_epoch: 1 });
  });

  it("that has lost its tail leads what it alone has, and nothing that another replica has too", async () => {
    const harness = new ControllerHarness();
    const second = await harness.broker(2);
    const { controller } = await harness.lone();
    const requests = [placed("alone", [[1]]), placed("shared", [[2, 1]])];
    await harness.now(controller.createTopics(requests, WAIT, harness.signal));
    await second.close();
    await harness.settled();
    expect(harness.json("/brokers/topics/shared/partitions/0/state")).toMatchObject({ leader: 1, isr: [1] });

    await harness.now(controller.close());
    const torn = new ControllerHarness();
    torn.ensemble.plant(
      harness.ensemble
        .paths()
        .filter((path) => path !== "/" && !path.startsWith("/brokers/ids/"))
        .map((path) => ({ path, data: harness.ensemble.textAt(path) })),
    );
    const session = await torn.broker(1, { torn: true });
    await torn.controller(1, session);
    await torn.settled();
    expect(torn.json("/brokers/topics/alone/partitions/0/state")).toMatchObject({ leader: 1, leader_epoch: 1 });
    expect(torn.json("/brokers/topics/shared/partitions/0/state")).toMatchObject({ leader: -1, isr: [1] });
  });

  it("makes and announces 500 topics asked for at once, in one request and in 500", async () => {
    const names = Array.from({ length: 500 }, (_, i) => `topic-${i}`);
    for (const asked of [names.map((name) => [topic(name)]), [names.map((name) => topic(name))]]) {
      const harness = new ControllerHarness();
      const { controller } = await harness.lone();
      const created = asked.map((requests) => controller.createTopics(requests, WAIT, harness.signal));
      await harness.after(100);
      const outcomes = (await harness.now(Promise.all(created))).flat();
      expect(outcomes.filter((outcome) => outcome.error === "NONE")).toHaveLength(500);
      expect(knownLeaders(harness, 1).size).toBe(500);
      for (const name of names) expect(harness.json(`/brokers/topics/${name}/partitions/0/state`)).not.toBeNull();
    }
  }, 30_000);
});

describe("a controller with several brokers", () => {
  async function three() {
    const harness = new ControllerHarness();
    const sessions = [await harness.broker(1), await harness.broker(2), await harness.broker(3)] as const;
    const controller = await harness.controller(1, sessions[0]);
    await harness.settled();
    return { harness, sessions, controller };
  }

  it("tells clients of a leader once that leader has acknowledged, and nobody before", async () => {
    const { harness, controller } = await three();
    let answer: (() => void) | undefined;
    harness.channel.reply = async (brokerId, command) => {
      if (brokerId === 2 && command.kind === "leaderAndIsr") await new Promise<void>((resolve) => (answer = resolve));
      return { error: "NONE", partitionErrors: [] };
    };
    const creation = controller.createTopics([placed("t", [[2, 1]])], WAIT, harness.signal);
    await harness.settled();
    expect(harness.json("/brokers/topics/t/partitions/0/state")).not.toBeNull();
    expect(knownLeaders(harness, 1)).toEqual(new Map([["t-0", -1]]));
    expect(await harness.outcomeOf(creation)).toBeNull();

    answer?.();
    expect(await harness.now(creation)).toMatchObject([{ error: "NONE" }]);
    expect(knownLeaders(harness, 3)).toEqual(new Map([["t-0", 2]]));
  });

  it("moves leaderships of a broker that dies, and gives the topic's new state to the others", async () => {
    const { harness, sessions, controller } = await three();
    await harness.now(controller.createTopics([placed("t", [[3, 2, 1]])], WAIT, harness.signal));
    await sessions[2].close();
    await harness.settled();
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toMatchObject({
      leader: 2,
      leader_epoch: 1,
      isr: [2, 1],
    });
    expect(knownLeaders(harness, 1)).toEqual(new Map([["t-0", 2]]));
    expect(
      harness.channel
        .to(1, "updateMetadata")
        .at(-1)
        ?.brokers.map((broker) => broker.id),
    ).toEqual([1, 2]);
  });

  it("gives a broker that comes back everything, addressed to its new incarnation", async () => {
    const { harness, sessions, controller } = await three();
    await harness.now(controller.createTopics([placed("t", [[3, 2]])], WAIT, harness.signal));
    const before = harness.channel.to(3, "leaderAndIsr").at(-1)?.brokerEpoch ?? 0n;
    await sessions[2].close();
    await harness.broker(3);
    await harness.settled();
    const full = harness.channel.to(3, "leaderAndIsr").at(-1);
    expect(full).toMatchObject({ full: true, partitions: [{ topic: "t", replicas: [3, 2], isNew: false }] });
    expect(full?.brokerEpoch).toBeGreaterThan(before);
  });

  it("lets a topic wait for its first live replica", async () => {
    const { harness, controller } = await three();
    const creation = controller.createTopics([placed("t", [[7]])], WAIT, harness.signal);
    await harness.after(WAIT.timeoutMs);
    expect(await harness.now(creation)).toMatchObject([{ error: "REQUEST_TIMED_OUT" }]);
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toBeNull();

    await harness.broker(7);
    await harness.settled();
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toMatchObject({
      leader: 7,
      leader_epoch: 0,
      isr: [7],
    });
  });

  it("elects outside the ISR where the topic's configs allow it, and only there", async () => {
    const { harness, sessions, controller } = await three();
    const requests = [
      placed("strict", [[3, 2]]),
      placed("loose", [[3, 2]], { "unclean.leader.election.enable": "true" }),
    ];
    await harness.now(controller.createTopics(requests, WAIT, harness.signal));
    await sessions[1].close();
    await harness.settled();
    await sessions[2].close();
    await harness.settled();
    await harness.broker(2);
    await harness.settled();
    expect(harness.json("/brokers/topics/strict/partitions/0/state")).toMatchObject({ leader: -1, isr: [3] });
    expect(harness.json("/brokers/topics/loose/partitions/0/state")).toMatchObject({
      leader: 2,
      isr: [2],
      leader_recovery_state: 1,
    });
  });

  it("repeats a command until it is acknowledged, in order", async () => {
    const { harness, controller } = await three();
    let failures = 3;
    harness.channel.reply = () => {
      if (failures-- > 0) throw new Error("connection refused");
      return { error: "NONE", partitionErrors: [] };
    };
    const creation = controller.createTopics([placed("t", [[1]])], WAIT, harness.signal);
    expect(await harness.outcomeOf(creation)).toBeNull();
    await harness.after(1_000);
    expect(await harness.now(creation)).toMatchObject([{ error: "NONE" }]);
  });

  it("elects again, in the next epoch, when a broker may not lead in the one it is given", async () => {
    const { harness, controller } = await three();
    harness.channel.reply = (brokerId, command) => ({ error: "NONE", partitionErrors: refusals(brokerId, command, 2) });
    await harness.now(controller.createTopics([placed("t", [[2, 1]])], WAIT, harness.signal));
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toMatchObject({ leader: 2, leader_epoch: 2 });
  });

  it("stops when a broker has heard of a newer controller, if there is one", async () => {
    const { harness, controller } = await three();
    harness.channel.reply = () => ({ error: "STALE_CONTROLLER_EPOCH", partitionErrors: [] });
    const creation = controller.createTopics([placed("t", [[1]])], { timeoutMs: 100 }, harness.signal);
    await harness.after(100);
    expect(await harness.now(creation)).toMatchObject([{ error: "REQUEST_TIMED_OUT" }]);
    // ZooKeeper says that there is none.
    expect(controller.isActive).toBe(true);
  });

  it("goes on where it was when the ensemble was out of reach for a while", async () => {
    const { harness, sessions, controller } = await three();
    harness.ensemble.loseNextReply(sessions[0], { verified: false });
    const creation = controller.createTopics([placed("t", [[1], [2]])], WAIT, harness.signal);
    await harness.after(2_000);
    expect(await harness.now(creation)).toMatchObject([{ error: "NONE" }]);

    // The next reply to be lost is that of the states' writing.
    const stop = await sessions[1].watchNode("/brokers/topics/u", () =>
      harness.ensemble.loseNextReply(sessions[0], { verified: false }),
    );
    const next = controller.createTopics([placed("u", [[1], [2]])], WAIT, harness.signal);
    await harness.after(4_000);
    expect(await harness.now(next)).toMatchObject([{ error: "NONE" }]);
    expect(harness.json("/brokers/topics/u/partitions/1/state")).toMatchObject({ leader: 2, leader_epoch: 0 });
    expect(controller.epoch).toBe(1);
    // It has read everything again, so that every broker is told everything again.
    expect(harness.channel.to(1, "leaderAndIsr").filter((command) => command.full)).toHaveLength(2);
    stop();
  });
});

/** What a broker that was told all of it would answer to clients: leader by partition. */
function knownLeaders(harness: ControllerHarness, brokerId: number): Map<string, number> {
  const leaders = new Map<string, number>();
  for (const command of harness.channel.to(brokerId, "updateMetadata")) {
    if (command.full) leaders.clear();
    for (const partition of command.partitions) apply(leaders, partition);
  }
  return leaders;
}

function apply(leaders: Map<string, number>, { topic: name, partition, leader }: PartitionMetadata): void {
  const key = `${name}-${partition}`;
  if (leader === -2) leaders.delete(key);
  else leaders.set(key, leader);
}

/** A broker refuses to lead in any epoch below `firstOwn`. */
function refusals(brokerId: number, command: BrokerCommand, firstOwn: number) {
  if (command.kind !== "leaderAndIsr") return [];
  return command.partitions
    .filter((partition) => partition.leader === brokerId && partition.leaderEpoch < firstOwn)
    .map((partition) => ({
      topic: partition.topic,
      partition: partition.partition,
      error: "FENCED_LEADER_EPOCH" as const,
    }));
}
