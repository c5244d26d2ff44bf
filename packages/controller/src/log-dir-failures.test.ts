import { logDirEvent } from "@ottla/coordination";
import { ControllerHarness, placed } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };

/** Brokers 1 to 4; of topic "lost" broker 2 loses its replica, of topic "kept" it does not. The controller's own broker has no part in them. */
async function cluster(options: { readonly config?: object; readonly lost?: readonly number[] } = {}) {
  const harness = new ControllerHarness();
  const network = await harness.cluster(4, options);
  const { lost = [2, 3, 4] } = options;
  await harness.now(
    harness.active.createTopics([placed("lost", [lost]), placed("kept", [[2, 3, 4]])], WAIT, harness.signal),
  );
  await harness.after(100);
  return { harness, network };
}

/** From now on the broker refuses assignments of these partitions, as one does whose log directory is offline. */
function refuses(harness: ControllerHarness, brokerId: number, topics: readonly string[]): void {
  harness.channel.reply = (id, command) => ({
    error: "NONE",
    partitionErrors:
      id !== brokerId || command.kind === "updateMetadata"
        ? []
        : command.partitions
            .filter(({ topic }) => topics.includes(topic))
            .map(({ topic, partition }) => ({ topic, partition, error: "KAFKA_STORAGE_ERROR" })),
  });
}

/** The broker has lost the directory that holds these topics' partitions, and writes its notification. */
async function losesDirectory(harness: ControllerHarness, brokerId: number, topics: readonly string[]): Promise<void> {
  refuses(harness, brokerId, topics);
  const { coordination } = harness.network.process(brokerId);
  await coordination.create(logDirEvent.prefix, logDirEvent.encode({ brokerId }), { sequential: true });
  await harness.settled();
}

async function notifications(harness: ControllerHarness): Promise<readonly string[]> {
  return (await harness.network.process(4).coordination.children(logDirEvent.parent))?.names ?? [];
}

/** The last that the controller's own clients were told of a topic's first partition. */
function told(harness: ControllerHarness, topic: string, to = 1) {
  const all = harness.channel.to(to, "updateMetadata").flatMap(({ partitions }) => partitions);
  return all.findLast((partition) => partition.topic === topic);
}

describe("a broker that loses a log directory", () => {
  it("is asked for all its replicas; those it refuses are led by others at once, the rest stays", async () => {
    const { harness } = await cluster();
    await losesDirectory(harness, 2, ["lost"]);
    expect(harness.channel.to(2, "leaderAndIsr").findLast(({ full }) => full)?.partitions).toHaveLength(2);
    expect(harness.state("lost")).toMatchObject({ leader: 3, isr: [3, 4], leader_epoch: 1 });
    expect(harness.state("kept")).toMatchObject({ leader: 2, isr: [2, 3, 4], leader_epoch: 0 });
    expect(await notifications(harness)).toEqual([]);
    expect(told(harness, "lost")).toMatchObject({ leader: 3, offlineReplicas: [2] });
  });

  it("and only followed leaves the ISR, and the epoch stays (rule 29)", async () => {
    const { harness } = await cluster({ lost: [3, 2, 4] });
    await losesDirectory(harness, 2, ["lost"]);
    expect(harness.state("lost")).toMatchObject({ leader: 3, isr: [3, 4], leader_epoch: 0 });
    expect(told(harness, "lost")).toMatchObject({ leader: 3, offlineReplicas: [2] });
  });

  it("and was out of sync anyway is shown as offline to clients all the same", async () => {
    const { harness, network } = await cluster({ lost: [3, 2, 4] });
    await network.propose(3, { ...whole("lost", harness), isr: [3, 4] });
    await harness.settled();
    expect(told(harness, "lost")?.offlineReplicas).toEqual([]);
    await losesDirectory(harness, 2, ["lost"]);
    expect(told(harness, "lost")).toMatchObject({ leader: 3, isr: [3, 4], offlineReplicas: [2] });
  });

  it("does not get its replica back into the ISR before it has been started anew", async () => {
    const { harness, network } = await cluster();
    await losesDirectory(harness, 2, ["lost"]);
    const isr = [3, 4, 2];
    const refused = await network.propose(3, { ...whole("lost", harness), isr });
    expect(refused.partitions[0]).toMatchObject({ error: "INELIGIBLE_REPLICA" });

    network.kill(2);
    refuses(harness, 2, []);
    await harness.broker(2);
    await harness.after(100);
    const taken = await network.propose(3, { ...whole("lost", harness), isr });
    expect(taken.partitions[0]).toMatchObject({ error: "NONE" });
    await harness.settled();
    expect(told(harness, "lost")?.offlineReplicas).toEqual([]);
  });

  it("alone in the ISR leaves nobody to lead: what it acknowledged is nowhere else", async () => {
    const { harness, network } = await cluster();
    await network.propose(2, { ...whole("lost", harness), isr: [2] });
    await losesDirectory(harness, 2, ["lost"]);
    expect(harness.state("lost")).toMatchObject({ leader: -1, isr: [2] });
    network.kill(2);
    refuses(harness, 2, []);
    await harness.broker(2);
    await harness.after(100);
    expect(harness.state("lost")).toMatchObject({ leader: 2, isr: [2] });
  });

  it("alone in the ISR gives way to another one where unclean elections are allowed", async () => {
    const { harness, network } = await cluster({ config: { uncleanLeaderElectionEnable: true } });
    await network.propose(2, { ...whole("lost", harness), isr: [2] });
    await losesDirectory(harness, 2, ["lost"]);
    await harness.after(500);
    expect(harness.state("lost").leader).toBe(3);
  });

  it("leads again what another directory holds, once the next controller has asked it too", async () => {
    const { harness, network } = await cluster();
    await losesDirectory(harness, 2, ["lost"]);
    network.kill(1);
    await harness.untilSessionsExpire();
    const now = [...network.processes.values()].find(
      ({ controller, state }) => state === "alive" && controller?.isActive,
    );
    expect(now).toBeDefined();
    expect(harness.state("lost").leader).not.toBe(2);
    expect(harness.state("kept")).toMatchObject({ leader: 2 });
    expect(told(harness, "lost", now?.id)?.offlineReplicas).toEqual([2]);
    const refused = await network.propose(3, { ...whole("lost", harness), isr: [3, 4, 2] });
    expect(refused.partitions[0]).toMatchObject({ error: "INELIGIBLE_REPLICA" });
  });
});

describe("a notification that cannot be understood", () => {
  it("is removed, and asks nobody", async () => {
    const { harness, network } = await cluster();
    const before = harness.channel.to(2, "leaderAndIsr").length;
    await network.process(2).coordination.create(logDirEvent.prefix, Buffer.from("{}"), { sequential: true });
    await harness.settled();
    expect(await notifications(harness)).toEqual([]);
    expect(harness.channel.to(2, "leaderAndIsr")).toHaveLength(before);
  });
});

describe("a replica added by a reassignment", () => {
  it("is new to its broker until it is in sync: no log of it can lie in a directory that is offline", async () => {
    const { harness } = await cluster();
    await harness.now(
      harness.active.alterPartitionReassignments(
        [{ topic: "lost", partition: 0, replicas: [2, 3, 1] }],
        WAIT,
        harness.signal,
      ),
    );
    await harness.settled();
    const isNewTo = (id: number) =>
      harness.channel
        .to(id, "leaderAndIsr")
        .flatMap(({ partitions }) => partitions)
        .findLast(({ topic }) => topic === "lost")?.isNew;
    expect([isNewTo(1), isNewTo(2), isNewTo(3)]).toEqual([true, false, false]);
  });
});

/** The names and epochs of a topic's first partition, for a proposal of its leader. */
function whole(topic: string, harness: ControllerHarness) {
  const { leader_epoch: leaderEpoch } = harness.state(topic);
  const sent = harness.channel.sent.flatMap(({ command }) =>
    command.kind === "updateMetadata" ? command.partitions : [],
  );
  const known = sent
    .filter((one) => one.topic === topic)
    .reduce((a, b) => (b.partitionEpoch > a.partitionEpoch ? b : a));
  return {
    topic,
    topicId: known.topicId,
    partition: 0,
    leaderEpoch,
    partitionEpoch: known.partitionEpoch,
    recovering: false,
  };
}
