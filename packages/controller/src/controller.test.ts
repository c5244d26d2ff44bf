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
});
