import { ControllerHarness, placed } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };
const MIN_ISR_2 = { "min.insync.replicas": "2" };

/** Brokers 1 to 4; topic t on 2, 3, 4, so that the controller's own broker has no part in it. */
async function cluster(configs: Record<string, string> = MIN_ISR_2) {
  const harness = new ControllerHarness();
  const network = await harness.cluster(4);
  await harness.now(harness.active.createTopics([placed("t", [[2, 3, 4]], configs)], WAIT, harness.signal));
  await harness.after(100);
  return { harness, network };
}

/** The machine of a broker loses power: its session ends, as nobody proves anything about it before. */
async function losePower(harness: ControllerHarness, ...ids: number[]): Promise<void> {
  harness.network.kill(...ids);
  await harness.untilSessionsExpire();
}

function lastTold(harness: ControllerHarness, id: number) {
  return harness.channel.to(id, "leaderAndIsr").at(-1);
}

describe("power-one: a leader loses power and is back within a second, still in the ISR", () => {
  it("another one leads, and the torn one is told that all is settled", async () => {
    const { harness, network } = await cluster();
    network.kill(2);
    await harness.broker(2, { torn: true });
    await harness.after(100);
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3, 4], leader_epoch: 1 });
    expect(lastTold(harness, 2)).toMatchObject({ tailSettled: true, partitions: [{ leader: 3 }] });
  });
});

describe("power-then-crash-loop: power lost, and killed again before the controller confirmed", () => {
  it("is still torn to the controller, and never elected before it is cleared", async () => {
    const { harness, network } = await cluster();
    for (let round = 0; round < 3; round++) {
      network.kill(2);
      await harness.broker(2, { torn: true });
      await harness.settled();
      expect(harness.state("t").leader).not.toBe(2);
    }
    await harness.clearTorn(2);
    await harness.after(100);
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3, 4] });
  });
});

describe("last-replica-standing: the last member of the ISR loses power, the others come back before it", () => {
  it("one of the others leads once enough intact ones are there that one must have everything", async () => {
    const { harness, network } = await cluster();
    await losePower(harness, 3);
    await losePower(harness, 4);
    await losePower(harness, 2);
    expect(harness.state("t")).toMatchObject({ leader: -1, isr: [2] });
    await harness.broker(3);
    await harness.broker(4);
    await harness.after(500);
    // Nobody knows yet what broker 2 has kept.
    expect(harness.state("t")).toMatchObject({ leader: -1, isr: [2] });

    network.process(3).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 70 });
    network.process(4).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 80 });
    network.process(2).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 90 });
    await harness.broker(2, { torn: true });
    await harness.after(500);
    expect(harness.state("t")).toMatchObject({ leader: 4, isr: [4] });
    expect(lastTold(harness, 2)).toMatchObject({ tailSettled: true });
  });

  it("waits while too few intact ones are there, and the torn one is not told that all is settled", async () => {
    const { harness } = await cluster();
    await losePower(harness, 3);
    await losePower(harness, 4);
    await losePower(harness, 2);
    await harness.broker(3);
    await harness.broker(2, { torn: true });
    await harness.after(5_000);
    expect(harness.state("t")).toMatchObject({ leader: -1, isr: [2] });
    expect(lastTold(harness, 2)).toMatchObject({ tailSettled: false });
  });
});

describe("the last member of the ISR is back before its old session has ended", () => {
  it("is not told that all is settled by the write that takes its leadership, for the ISR still rests on it", async () => {
    const { harness, network } = await cluster();
    await losePower(harness, 3);
    await losePower(harness, 4);
    network.kill(2);
    await harness.broker(2, { torn: true });
    await harness.after(5_000);
    expect(harness.state("t")).toMatchObject({ leader: -1, isr: [2] });
    expect(lastTold(harness, 2)).toMatchObject({ tailSettled: false });
  });
});

describe("a topic that is being deleted is the last to rest on a torn tail", () => {
  it("the torn broker is told that all is settled once the topic is gone", async () => {
    const { harness } = await cluster();
    await losePower(harness, 4);
    const deletion = harness.active.deleteTopics([{ name: "t" }], WAIT, harness.signal);
    await harness.after(100);
    // The others have let go of it one by one; whoever was last stays in the ISR.
    const { isr } = harness.state("t");
    const last = isr[0] ?? -1;
    await losePower(harness, last);
    await harness.broker(last, { torn: true });
    await harness.after(100);
    expect(lastTold(harness, last)).toMatchObject({ tailSettled: false });
    await harness.broker(4);
    await harness.after(100);
    await deletion;
    expect(harness.json("/brokers/topics/t")).toBeNull();
    expect(lastTold(harness, last)).toMatchObject({ tailSettled: true });
  });
});

describe("power-all: every replica is torn, each with another tail", () => {
  it("the greatest (epoch, end) leads once all are present", async () => {
    const { harness, network } = await cluster();
    await losePower(harness, 2, 3, 4);
    network.process(2).logEnds.set("t-0", { lastEpoch: 3, logEndOffset: 90 });
    network.process(3).logEnds.set("t-0", { lastEpoch: 4, logEndOffset: 70 });
    network.process(4).logEnds.set("t-0", { lastEpoch: 4, logEndOffset: 80 });
    await harness.broker(2, { torn: true });
    await harness.broker(3, { torn: true });
    await harness.after(5_000);
    expect(harness.state("t").leader).toBe(-1);
    // Those whose mark is cleared meanwhile have still been torn.
    await harness.clearTorn(3);
    await harness.after(1_000);
    expect(harness.state("t").leader).toBe(-1);
    await harness.broker(4, { torn: true });
    await harness.after(1_000);
    expect(harness.state("t")).toMatchObject({ leader: 4, isr: [4] });
  });

  it("asks again when a replica does not say where its log ends", async () => {
    const { harness, network } = await cluster();
    await losePower(harness, 2, 3, 4);
    network.process(2).logEnds.set("t-0", { lastEpoch: 3, logEndOffset: 90 });
    await harness.broker(2, { torn: true });
    await harness.broker(3, { torn: true });
    await harness.broker(4, { torn: true });
    // It registers and opens its session, and hangs before it has answered.
    let asked = 0;
    const { logEnds } = network.process(3);
    const get = logEnds.get.bind(logEnds);
    logEnds.get = (key) => {
      if (asked++ === 0) throw new Error("not now");
      return get(key);
    };
    await harness.after(3_000);
    expect(asked).toBeGreaterThan(1);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2] });
  });
});

describe("empty-disk: a broker comes back with an empty directory while no controller lives", () => {
  it("is never elected before the others", async () => {
    const { harness, network } = await cluster();
    network.kill(1, 2);
    await harness.broker(2, { torn: true });
    await harness.controller(2, network.process(2).coordination);
    await harness.untilSessionsExpire();
    expect(harness.active.controllerId).not.toBe(1);
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3, 4] });
  });
});

describe("an unclean election among several", () => {
  it("takes the longest log of those present", async () => {
    const { harness, network } = await cluster({ "unclean.leader.election.enable": "true" });
    await losePower(harness, 3);
    await losePower(harness, 4);
    network.process(3).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 10 });
    network.process(4).logEnds.set("t-0", { lastEpoch: 0, logEndOffset: 20 });
    await harness.broker(3);
    await harness.broker(4);
    await harness.after(100);
    await losePower(harness, 2);
    expect(harness.state("t")).toMatchObject({ leader: 4, isr: [4], leader_recovery_state: 1 });
  });
});
