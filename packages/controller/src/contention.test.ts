import type { MemoryCoordination } from "@ottla/coordination";
import { ControllerHarness, topic } from "./testing/controller-harness";

const SUCCESSOR = Buffer.from('{"version":2,"brokerid":2,"timestamp":"1","kraftControllerEpoch":-1}');
const WAIT = { timeoutMs: 5_000 };

async function twoContenders() {
  const harness = new ControllerHarness();
  const [first, second] = [await harness.broker(1), await harness.broker(2)];
  const controllers = await Promise.all([harness.controller(1, first), harness.controller(2, second)]);
  await harness.settled();
  return { harness, first, second, controllers };
}

/** Writes of a session since a moment. */
function writesBy(harness: ControllerHarness, session: MemoryCoordination, from: number): string[] {
  return harness.ensemble.transactions
    .slice(from)
    .filter((transaction) => transaction.sessionId === session.session.id)
    .flatMap((transaction) =>
      transaction.operations.filter((operation) => operation.kind !== "check").map((o) => o.path),
    );
}

describe("two brokers that contend", () => {
  it("one wins, and both know which", async () => {
    const { controllers } = await twoContenders();
    expect(controllers.map((controller) => controller.isActive)).toEqual([true, false]);
    expect(controllers.map((controller) => controller.controllerId)).toEqual([1, 1]);
    expect(controllers.map((controller) => controller.epoch)).toEqual([1, 0]);
  });

  it("the other takes over, in the next epoch, when the first one's session expires", async () => {
    const { harness, first, controllers } = await twoContenders();
    harness.ensemble.expire(first);
    expect(controllers[0].isActive).toBe(false);
    await harness.settled();
    expect(controllers[1]).toMatchObject({ isActive: true, epoch: 2, controllerId: 2 });
    expect(controllers[0]).toMatchObject({ isActive: false, epoch: 0, controllerId: 2 });
  });

  it("the other takes over when the first one resigns", async () => {
    const { harness, controllers } = await twoContenders();
    await harness.now(controllers[0].close());
    await harness.settled();
    expect(controllers[1]).toMatchObject({ isActive: true, epoch: 2 });
  });

  it("requests to the one that lost are refused", async () => {
    const { harness, controllers } = await twoContenders();
    const created = await harness.now(controllers[1].createTopics([topic("t")], WAIT, harness.signal));
    expect(created).toMatchObject([{ name: "t", error: "NOT_CONTROLLER" }]);
    const deleted = await harness.now(controllers[1].deleteTopics([{ name: "t" }], WAIT, harness.signal));
    expect(deleted).toMatchObject([{ name: "t", error: "NOT_CONTROLLER" }]);
    const block = await harness.now(controllers[1].allocateProducerIds(2, 1n, harness.signal));
    expect(block).toEqual({ error: "NOT_CONTROLLER" });
  });
});

describe("a contender that does not hear the reply of its election", () => {
  it.each([true, false])("finds that it has won, and takes no second epoch (verified below: %s)", async (verified) => {
    const harness = new ControllerHarness();
    const session = await harness.broker(1);
    await session.create("/controller_epoch", Buffer.from("0"));
    harness.ensemble.loseNextReply(session, { verified });
    const controller = await harness.controller(1, session);
    await harness.settled();
    expect(controller).toMatchObject({ isActive: true, epoch: 1 });
    expect(harness.ensemble.textAt("/controller_epoch")).toBe("1");
  });
});

describe("a controller that has been deposed and does not know it", () => {
  /** Another broker takes over in one multi, as after evidence that the controller is dead; the old one's session lives on. */
  async function deposed() {
    const harness = new ControllerHarness();
    const old = await harness.broker(1);
    const taker = await harness.broker(2);
    const controller = await harness.controller(1, old);
    await harness.now(controller.createTopics([topic("t")], WAIT, harness.signal));
    harness.ensemble.latencyMs = 10;
    const takeover = taker.multi([
      { kind: "set", path: "/controller_epoch", data: Buffer.from("2"), expectedVersion: 1 },
      { kind: "remove", path: "/controller", expectedVersion: null },
      {
        kind: "create",
        path: "/controller",
        data: SUCCESSOR,
        ephemeral: true,
      },
    ]);
    return { harness, old, taker, controller, takeover };
  }

  it("writes nothing, and stops at its first attempt", async () => {
    const { harness, old, controller, takeover } = await deposed();
    const from = harness.ensemble.transactions.length;
    // Both are under way at once; the takeover reaches the ensemble first, the news of it nobody yet.
    const creation = controller.createTopics([topic("late")], WAIT, harness.signal);
    await harness.after(1_000);
    await takeover;
    expect(await harness.now(creation)).toMatchObject([{ name: "late", error: "NOT_CONTROLLER" }]);
    expect(writesBy(harness, old, from)).toEqual([]);
    expect(harness.ensemble.textAt("/brokers/topics/late")).toBeNull();
    expect(harness.ensemble.textAt("/config/topics/late")).toBeNull();
    expect(controller).toMatchObject({ isActive: false, epoch: 0, controllerId: 2 });
  });

  it("does not take its successor's node away when it closes", async () => {
    const { harness, controller, takeover } = await deposed();
    const closing = controller.close();
    await harness.after(1_000);
    await takeover;
    await harness.now(closing);
    expect(harness.json("/controller")).toMatchObject({ brokerid: 2 });
  });

  it("does not take its successor's node away either when the takeover comes between its look and its removal", async () => {
    // Its look takes 10 ms, its removal 10 more: the takeover lands after the look has seen the node as its own.
    for (let atMs = 0; atMs <= 20; atMs++) {
      const harness = new ControllerHarness();
      const [old, taker] = [await harness.broker(1), await harness.broker(2)];
      const controller = await harness.controller(1, old);
      await harness.settled();
      harness.ensemble.latencyMs = 10;
      const closing = controller.close();
      await harness.clock.advanceAsync(atMs);
      harness.ensemble.latencyMs = 0;
      const takeover = taker.multi([
        { kind: "set", path: "/controller_epoch", data: Buffer.from("2"), expectedVersion: 1 },
        { kind: "remove", path: "/controller", expectedVersion: null },
        { kind: "create", path: "/controller", data: SUCCESSOR, ephemeral: true },
      ]);
      const tookOver = await takeover.then(
        () => true,
        () => false,
      );
      await harness.after(1_000);
      await harness.now(closing);
      // It came too late when the old one had resigned already; otherwise it stands.
      if (tookOver) expect(harness.json("/controller")).toMatchObject({ brokerid: 2 });
      else expect(harness.json("/controller")).toBeNull();
    }
  });
});

describe("a controller whose session", () => {
  it("expires comes back with a new epoch, and leads nothing in an old one", async () => {
    const harness = new ControllerHarness();
    const { session, controller } = await harness.lone();
    await harness.now(controller.createTopics([topic("t")], WAIT, harness.signal));
    harness.ensemble.expire(session);
    await harness.broker(1, { session });
    await harness.settled();
    expect(controller).toMatchObject({ isActive: true, epoch: 2 });
    // Its registration is younger than the state: the leader has bounced.
    expect(harness.json("/brokers/topics/t/partitions/0/state")).toMatchObject({
      leader: 1,
      isr: [1],
      controller_epoch: 2,
    });
    expect(harness.channel.to(1, "leaderAndIsr").at(-1)?.partitions).toMatchObject([{ leader: 1 }]);
    const epoch = (harness.json("/brokers/topics/t/partitions/0/state") as { leader_epoch: number }).leader_epoch;
    expect(epoch).toBeGreaterThanOrEqual(1);
  });

  it("expires in the middle of a creation leaves the whole topic, or nothing of it", async () => {
    const seen = new Set<boolean>();
    for (let atMs = 0; atMs <= 120; atMs += 5) {
      const harness = new ControllerHarness();
      const { session, controller } = await harness.lone();
      harness.ensemble.latencyMs = 10;
      const creation = controller.createTopics([topic("t", 2)], WAIT, harness.signal);
      await harness.after(atMs);
      harness.ensemble.expire(session);
      harness.ensemble.latencyMs = 0;
      await harness.after(100);
      const [outcome] = await harness.now(creation);

      const written = harness.ensemble.textAt("/brokers/topics/t") !== null;
      seen.add(written);
      expect(harness.ensemble.textAt("/config/topics/t") !== null).toBe(written);
      expect(["NONE", "NOT_CONTROLLER", "REQUEST_TIMED_OUT"]).toContain(outcome?.error);
      if (outcome?.error === "NONE") expect(written).toBe(true);

      // Whatever was begun is finished by the next term.
      await harness.broker(1, { session });
      await harness.after(5_000);
      expect(controller).toMatchObject({ isActive: true, epoch: 2 });
      if (written) expect(harness.json("/brokers/topics/t/partitions/1/state")).toMatchObject({ leader: 1 });
    }
    expect(seen).toEqual(new Set([true, false]));
  });

  it("is lost by its own clock ends its duty at once, and takes a new epoch when it is back in time", async () => {
    const harness = new ControllerHarness();
    const { session, controller } = await harness.lone();
    harness.ensemble.disconnect(session);
    await harness.settled();
    expect(controller.isActive).toBe(true);
    await harness.after(30_000);
    expect(controller).toMatchObject({ isActive: false, controllerId: -1 });
    harness.ensemble.reconnect(session);
    await harness.broker(1, { session });
    await harness.after(5_000);
    expect(controller).toMatchObject({ isActive: true, epoch: 2 });
  });
});
