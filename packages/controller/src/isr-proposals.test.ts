import type { IsrProposal } from "./isr-proposal";
import { ControllerHarness, placed } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };

/** Topic t, led by 2, with 3 killed and back, so that the ISR is {2, 1} and 3 may join. */
async function withReturned() {
  const harness = new ControllerHarness();
  const network = await harness.cluster(3);
  await harness.now(harness.active.createTopics([placed("t", [[2, 3, 1]])], WAIT, harness.signal));
  network.kill(3);
  await harness.after(100);
  await harness.broker(3);
  await harness.after(100);
  const { topic_id: topicId } = harness.json("/brokers/topics/t") as { topic_id: string };
  const identity = { topic: "t", topicId, partition: 0 };
  const proposal = (isr: readonly (number | IsrProposal["isr"][number])[], changes: object = {}) => ({
    ...identity,
    leaderEpoch: 0,
    partitionEpoch: 1,
    recovering: false,
    isr,
    ...changes,
  });
  return { harness, network, proposal };
}

describe("a leader's proposal", () => {
  it("is written under its session's controller epoch, confirmed, and told to clients after that", async () => {
    const { harness, network, proposal } = await withReturned();
    expect(harness.state("t")).toMatchObject({ isr: [2, 1], leader_epoch: 0 });
    harness.channel.sent.length = 0;
    const reply = await harness.now(network.propose(2, proposal([2, 1, 3])));
    expect(reply).toMatchObject({
      error: "NONE",
      controllerEpoch: 1,
      partitions: [{ error: "NONE", leader: 2, leaderEpoch: 0, isr: [2, 1, 3], partitionEpoch: 2 }],
    });
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2, 1, 3], leader_epoch: 0 });
    await harness.settled();
    expect(harness.channel.to(1, "updateMetadata").at(-1)?.partitions).toMatchObject([{ isr: [2, 1, 3] }]);
    expect(harness.channel.to(3, "leaderAndIsr")).toEqual([]);
  });

  it("that is written already is a success, however old the version it names", async () => {
    const { harness, network, proposal } = await withReturned();
    await harness.now(network.propose(2, proposal([2, 1, 3])));
    const from = harness.ensemble.transactions.length;
    const again = await harness.now(network.propose(2, proposal([3, 2, 1])));
    expect(again).toMatchObject({ partitions: [{ error: "NONE", isr: [2, 1, 3], partitionEpoch: 2 }] });
    // The ensemble was asked whether the epoch still stands, nothing was written.
    const operations = harness.ensemble.transactions.slice(from).flatMap((transaction) => transaction.operations);
    expect(operations.map(({ kind }) => kind)).toEqual(["check"]);
  });

  it("on an old version is told the present state", async () => {
    const { harness, network, proposal } = await withReturned();
    const reply = await harness.now(network.propose(2, proposal([2], { partitionEpoch: 0 })));
    expect(reply).toMatchObject({ partitions: [{ error: "INVALID_UPDATE_VERSION", isr: [2, 1], partitionEpoch: 1 }] });
  });

  it("that meets another write in ZooKeeper is not written over it, and is told what stands there", async () => {
    const { harness, network, proposal } = await withReturned();
    const path = "/brokers/topics/t/partitions/0/state";
    const foreign = harness.ensemble.textAt(path) ?? "";
    await network.process(3).coordination.set(path, Buffer.from(foreign), null);
    const reply = await harness.now(network.propose(2, proposal([2, 1, 3])));
    expect(reply).toMatchObject({ partitions: [{ error: "INVALID_UPDATE_VERSION", isr: [2, 1], partitionEpoch: 2 }] });
  });

  it("for a topic that is another one by now is refused by its id", async () => {
    const { harness, network, proposal } = await withReturned();
    const reply = await harness.now(network.propose(2, proposal([2], { topicId: "AAAAAAAAAAAAAAAAAAAAAQ" })));
    expect(reply).toMatchObject({ partitions: [{ error: "UNKNOWN_TOPIC_ID", leader: -1 }] });
  });
});

describe("expand-twin: a proposal is stuck, its session breaks, and its twin on the next session is refused", () => {
  it("the first one is dropped when its turn comes", async () => {
    const { harness, network, proposal } = await withReturned();
    const first = network.process(2).session?.end;
    const stuck = first?.alterPartition({
      partitions: [proposal([]) as unknown as IsrProposal].map((p) => ({
        ...p,
        isr: [2, 1, 3].map((brokerId) => ({ brokerId, brokerEpoch: network.process(brokerId).brokerEpoch })),
      })),
    });
    // Before the queue gets to it, the broker opens another session.
    first?.close();
    network.process(2).session = null;
    network.pump();
    expect(await harness.now(stuck ?? Promise.reject(new Error("not sent")))).toMatchObject({
      error: "NOT_CONTROLLER",
      partitions: [],
    });
    expect(harness.state("t").isr).toEqual([2, 1]);
    const twin = network.propose(2, proposal([2, 1, { brokerId: 3, brokerEpoch: 1n }]));
    expect(await harness.now(twin)).toMatchObject({ partitions: [{ error: "INELIGIBLE_REPLICA" }] });
    expect(harness.state("t").isr).toEqual([2, 1]);
  });
});

describe("expand-old-incarnation: the follower has restarted since it acknowledged", () => {
  it("is not let in on the strength of what it had", async () => {
    const { harness, network, proposal } = await withReturned();
    const { brokerEpoch } = network.process(3);
    network.kill(3);
    await harness.broker(3, { torn: true });
    await harness.after(100);
    const reply = await harness.now(network.propose(2, proposal([2, 1, { brokerId: 3, brokerEpoch }])));
    expect(reply).toMatchObject({ partitions: [{ error: "INELIGIBLE_REPLICA" }] });
    // Nor in its new one, while it is torn.
    expect(await harness.now(network.propose(2, proposal([2, 1, 3])))).toMatchObject({
      partitions: [{ error: "INELIGIBLE_REPLICA" }],
    });
  });
});

describe("a controller whose term has ended", () => {
  it("zombie-controller-yes: says no to a proposal that it remembers as written", async () => {
    const { harness, network, proposal } = await withReturned();
    await harness.now(network.propose(2, proposal([2, 1, 3])));
    const session = network.process(2).session?.end;
    // Deposed, and not told yet: the takeover has reached the ensemble alone.
    harness.ensemble.latencyMs = 10;
    const takeover = network
      .process(3)
      .coordination.multi([{ kind: "set", path: "/controller_epoch", data: Buffer.from("2"), expectedVersion: 1 }]);
    const again = session?.alterPartition({
      partitions: [
        {
          ...(proposal([]) as unknown as IsrProposal),
          isr: [2, 1, 3].map((brokerId) => ({ brokerId, brokerEpoch: network.process(brokerId).brokerEpoch })),
        },
      ],
    });
    await harness.after(200);
    await takeover;
    expect(await again).toMatchObject({ error: "NOT_CONTROLLER", controllerEpoch: 1 });
  });

  it("ends every session", async () => {
    const { harness, network } = await withReturned();
    harness.ensemble.expire(network.process(1).coordination);
    expect(network.process(2).endedSessions).toEqual(["session expired"]);
  });
});

describe("all-sessions-expire: every broker at once", () => {
  it("ends with a leader for every partition, in the next epoch, and brokers that were told everything", async () => {
    const { harness, network } = await withReturned();
    await harness.controller(3, network.process(3).coordination);
    for (const { coordination } of network.processes.values()) harness.ensemble.expire(coordination);
    for (const id of [3, 2, 1]) await harness.broker(id, { session: network.process(id).coordination });
    await harness.after(5_000);
    expect(harness.active.epoch).toBeGreaterThan(1);
    expect(harness.state("t").leader_epoch).toBeGreaterThanOrEqual(1);
    expect([1, 2]).toContain(harness.state("t").leader);
    for (const id of [1, 2, 3]) {
      const full = harness.channel
        .to(id, "leaderAndIsr")
        .filter((command) => command.full)
        .at(-1);
      expect(full?.brokerEpoch).toBe(network.process(id).brokerEpoch);
    }
  });
});
