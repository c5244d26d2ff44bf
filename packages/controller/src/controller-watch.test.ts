import { ControllerHarness, placed } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };

async function cluster(count: number, replicas: readonly number[] = [2, 3, 1].slice(0, count)) {
  const harness = new ControllerHarness();
  const network = await harness.cluster(count);
  await harness.now(harness.active.createTopics([placed("t", [replicas])], WAIT, harness.signal));
  await harness.after(100);
  return { harness, network };
}

const epochOf = (harness: ControllerHarness) => Number(harness.ensemble.textAt("/controller_epoch"));

describe("a controller that is killed", () => {
  it("is deposed at once, and its leaderships move", async () => {
    const { harness, network } = await cluster(3, [1, 2, 3]);
    network.kill(1);
    await harness.after(300);
    expect(epochOf(harness)).toBe(2);
    expect(harness.ensemble.paths()).toContain("/brokers/ids/1");
    expect(harness.json("/controller")).toMatchObject({ brokerid: harness.active.controllerId });
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2, 3], leader_epoch: 1 });
  });

  it("with its address, so that all is silence, costs one grace: its successor builds upon the evidence that deposed it", async () => {
    const { harness, network } = await cluster(3, [1, 2, 3]);
    network.isolate(1);
    network.kill(1);
    // Grace, and the probes at both ends of it.
    await harness.after(3_400);
    expect(epochOf(harness)).toBe(2);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2, 3], leader_epoch: 1 });
  });

  it("together with the leader of a partition costs one session timeout on three machines, nothing on one", async () => {
    for (const sameMachine of [true, false]) {
      const { harness, network } = await cluster(3, [2, 3, 1]);
      network.sameMachine = sameMachine;
      network.kill(1, 2);
      await harness.after(500);
      if (sameMachine) {
        expect(harness.active.controllerId).toBe(3);
        expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3] });
        continue;
      }
      expect(epochOf(harness)).toBe(1);
      await harness.untilSessionsExpire();
      expect(harness.active.controllerId).toBe(3);
      expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3] });
    }
  });

  it("controller-restarts-fast: there is another one within a second when it comes back before anybody noticed", async () => {
    const { harness, network } = await cluster(3);
    network.dials = false;
    const old = network.process(1);
    network.kill(1);
    // The new process answers on the old port, has not replaced the registration yet, and names the same directory.
    network.processes.set(1, {
      ...old,
      incarnation: "1-again",
      brokerEpoch: -1n,
      state: "alive",
      controller: null,
      session: null,
    });
    for (const id of [2, 3]) {
      const process = network.process(id);
      process.session = null;
      process.controller?.controllerSessionBroken({
        controllerId: 1,
        controllerEpoch: 1,
        incarnation: old.incarnation,
      });
    }
    await harness.after(500);
    expect(epochOf(harness)).toBe(2);
    expect([2, 3]).toContain(JSON.parse(harness.ensemble.textAt("/controller") ?? "").brokerid);
  });

  it("is not deposed while it hangs: its session decides", async () => {
    const { harness, network } = await cluster(3);
    network.pause(1);
    for (const id of [2, 3]) {
      network.process(id).session = null;
      const { incarnation } = network.process(1);
      network.process(id).controller?.controllerSessionBroken({ controllerId: 1, controllerEpoch: 1, incarnation });
    }
    await harness.after(10_000);
    expect(epochOf(harness)).toBe(1);
  });
});

describe("mutual-refusal-two-brokers: two brokers refuse each other, ZooKeeper is fine", () => {
  it("ends in one takeover, without any further one, and heals", async () => {
    const { harness, network } = await cluster(2, [2, 1]);
    network.cut(1, 2, "refuse");
    await harness.after(120_000);
    expect(epochOf(harness)).toBe(2);
    expect(harness.active.controllerId).toBe(2);
    const { leader_epoch: epoch } = harness.state("t");
    network.heal(1, 2);
    await harness.after(1_000);
    expect(network.process(1).session).not.toBeNull();
    expect(epochOf(harness)).toBe(2);
    expect(harness.state("t").leader_epoch).toBe(epoch);
  });
});

describe("late-depose: a takeover of a term that has been taken over already", () => {
  it.each([0, 5, 10, 15, 20, 30])("is refused, and the successor stays (after %i ms)", async (laterMs) => {
    const { harness, network } = await cluster(3);
    network.dials = false;
    const { incarnation } = network.process(1);
    const about = { controllerId: 1, controllerEpoch: 1, incarnation };
    harness.ensemble.latencyMs = 20;
    harness.ensemble.disconnect(network.process(1).coordination);
    network.process(1).state = "killed";
    network.process(2).controller?.controllerSessionBroken(about);
    await harness.clock.advanceAsync(laterMs);
    network.process(3).controller?.controllerSessionBroken(about);
    await harness.after(2_000);
    expect(epochOf(harness)).toBe(2);
    expect([2, 3]).toContain(harness.active.controllerId);
    expect(harness.json("/controller")).toMatchObject({ brokerid: harness.active.controllerId });
  });
});

describe("deposed-with-multi: a controller is deposed with many writes under way", () => {
  it("has each of them wholly before the takeover or not at all, and its successor knows all that passed", async () => {
    const { harness, network } = await cluster(3);
    const requests = Array.from({ length: 50 }, (_, i) => placed(`u${i}`, [[2, 3], [3, 2]])); // biome-ignore format: one line
    harness.ensemble.latencyMs = 10;
    const old = harness.active;
    const creations = requests.map((request) => old.createTopics([request], WAIT, harness.signal));
    await harness.after(60);
    network.isolate(1);
    await harness.after(20_000);
    harness.ensemble.latencyMs = 0;
    const outcomes = (await harness.now(Promise.all(creations))).flat();
    expect(epochOf(harness)).toBe(2);

    const takeover = harness.ensemble.transactions.findIndex(
      ({ by, operations }) => by !== "broker-1" && operations.some(({ path }) => path === "/controller"),
    );
    const late = harness.ensemble.transactions
      .slice(takeover)
      .filter(
        ({ by, operations }) => by === "broker-1" && operations.some(({ path }) => !path.startsWith("/brokers/ids")),
      );
    expect(late).toEqual([]);
    for (const { name, error } of outcomes) {
      const there = harness.ensemble.textAt(`/brokers/topics/${name}`) !== null;
      expect(harness.ensemble.textAt(`/config/topics/${name}`) !== null).toBe(there);
      if (error === "NONE") expect(there).toBe(true);
      if (there) expect(harness.state(name, 1)).toMatchObject({ leader: 3 });
    }
  });
});

describe("a controller without ZooKeeper", () => {
  it("says so after its grace, which counts as silence: it is deposed while its session still stands", async () => {
    const { harness, network } = await cluster(3);
    harness.ensemble.disconnect(network.process(1).coordination);
    await harness.after(1_500);
    expect(network.process(2).withoutZooKeeperMs).toBeNull();
    await harness.after(2_000);
    expect(network.process(2).withoutZooKeeperMs).toBeGreaterThanOrEqual(2_000);
    await harness.after(500);
    expect(epochOf(harness)).toBe(2);
    expect(JSON.parse(harness.ensemble.textAt("/controller") ?? "").brokerid).not.toBe(1);
  });

  it("takes it back when it is in contact again", async () => {
    const { harness, network } = await cluster(2, [2, 1]);
    harness.ensemble.disconnect(network.process(1).coordination);
    await harness.after(2_500);
    harness.ensemble.reconnect(network.process(1).coordination);
    await harness.after(100);
    expect(network.process(2).withoutZooKeeperMs).toBeNull();
    // Of two brokers one alone is no majority, and silence is not enough for the exception.
    expect(epochOf(harness)).toBe(1);
  });
});
