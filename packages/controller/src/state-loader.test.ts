import { ControllerHarness, topic } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };

describe("a partition whose state in ZooKeeper cannot be understood", () => {
  /** The topics "bad" and "good", a broken state, and the broker started anew. */
  async function restartedOver(data: string) {
    const harness = new ControllerHarness();
    const { session, controller } = await harness.lone();
    await harness.now(controller.createTopics([topic("bad"), topic("good")], WAIT, harness.signal));
    await session.set("/brokers/topics/bad/partitions/0/state", Buffer.from(data), null);
    await harness.now(controller.close());
    await session.close();
    return { harness, controller: (await harness.lone()).controller };
  }

  it.each(["{not json", "{}", '{"leader":"1","leader_epoch":0,"isr":[1],"controller_epoch":1,"version":1}'])(
    "does not keep the others from being led: %s",
    async (data) => {
      const { harness, controller } = await restartedOver(data);
      expect(harness.json("/brokers/topics/good/partitions/0/state")).toMatchObject({ leader: 1, leader_epoch: 1 });
      const [outcome] = await harness.now(controller.createTopics([topic("third")], WAIT, harness.signal));
      expect(outcome?.error).toBe("NONE");
      expect(harness.ensemble.textAt("/brokers/topics/bad/partitions/0/state")).toBe(data);
    },
  );

  it("goes with its topic when that is deleted", async () => {
    const { harness, controller } = await restartedOver("{not json");
    const [outcome] = await harness.now(controller.deleteTopics([{ name: "bad" }], WAIT, harness.signal));
    expect(outcome?.error).toBe("NONE");
    expect(harness.ensemble.paths().filter((path) => path.startsWith("/brokers/topics/bad"))).toEqual([]);
  });
});
