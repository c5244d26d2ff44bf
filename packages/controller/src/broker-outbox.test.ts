import { SimulatedClock, silentLogger } from "@ottla/runtime";
import type { BrokerReply, PartitionAssignment, PartitionMetadata, StoppedReplica } from "./broker-channel";
import { BrokerOutbox } from "./broker-outbox";
import { RecordingChannel } from "./testing/recording-channel";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const DONE: BrokerReply = { error: "NONE", partitionErrors: [] };

const identity = (partition: number, topicId = "A") => ({ topic: "t", topicId, partition });
const assignment = (partition: number, leaderEpoch: number): PartitionAssignment => ({
  ...identity(partition),
  leader: 1,
  leaderEpoch,
  isr: [1],
  partitionEpoch: 0,
  controllerEpoch: 1,
  replicas: [1],
  addingReplicas: [],
  removingReplicas: [],
  isNew: false,
  recovering: false,
});
const metadata = (partition: number, leaderEpoch: number): PartitionMetadata => ({
  ...identity(partition),
  leader: 1,
  leaderEpoch,
  isr: [1],
  partitionEpoch: 0,
  replicas: [1],
  offlineReplicas: [],
});
const stop = (partition: number): StoppedReplica => ({ ...identity(partition), leaderEpoch: -2, deleteLog: true });

/** An outbox whose full commands have been acknowledged, and whose next answer waits for `answer`. */
async function quiet() {
  const clock = new SimulatedClock();
  const channel = new RecordingChannel();
  const broker = { id: 1, epoch: 9n, endpoints: [], rack: null, rpc: null, incarnation: null };
  const outbox = new BrokerOutbox({
    channel: channel.as(1),
    broker,
    header: { controllerId: 1, controllerEpoch: 1, brokerEpoch: 9n },
    clock,
    logger: silentLogger,
    fullAssignments: () => [],
    fullMetadata: () => [],
    brokers: () => [broker],
    tailSettled: () => true,
    onReply: () => {},
  });
  outbox.open();
  await turn();
  channel.sent.length = 0;
  const waiting: ((reply: BrokerReply) => void)[] = [];
  channel.reply = () => new Promise((resolve) => waiting.push(resolve));
  const answer = async (reply = DONE) => {
    waiting.shift()?.(reply);
    await turn();
  };
  const sent = () => channel.sent.map(({ command }) => [command.kind, command.partitions]);
  return { outbox, clock, channel, answer, sent };
}

describe("what a slow broker has yet to be told", () => {
  it("is merged: the last word on each partition counts", async () => {
    const { outbox, answer, sent } = await quiet();
    outbox.assign([assignment(0, 1)]);
    await turn();
    outbox.assign([assignment(0, 2), assignment(1, 1)]);
    outbox.assign([assignment(0, 3)]);
    outbox.tellMetadata([metadata(0, 2)]);
    outbox.tellMetadata([metadata(0, 3)]);
    await turn();
    expect(sent()).toEqual([["leaderAndIsr", [assignment(0, 1)]]]);
    await answer();
    await answer();
    expect(sent().slice(1)).toEqual([
      ["leaderAndIsr", [assignment(0, 3), assignment(1, 1)]],
      ["updateMetadata", [metadata(0, 3)]],
    ]);
  });

  it("drops an assignment that a stop has overtaken, and a stop that an assignment has", async () => {
    const { outbox, answer, sent } = await quiet();
    outbox.tellBrokers();
    await turn();
    outbox.assign([assignment(0, 1)]);
    outbox.stop([stop(0), stop(1)]);
    outbox.assign([assignment(1, 2)]);
    await answer();
    await answer();
    expect(sent().slice(1)).toEqual([
      ["leaderAndIsr", [assignment(1, 2)]],
      ["stopReplica", [stop(0)]],
    ]);
  });

  it("is dropped when the broker is gone, and nothing is repeated any more", async () => {
    const { outbox, clock, channel, sent } = await quiet();
    channel.reply = () => {
      throw new Error("connection refused");
    };
    outbox.assign([assignment(0, 1)]);
    await turn();
    await clock.advanceAsync(60);
    expect(sent()).toHaveLength(2);
    outbox.close();
    outbox.assign([assignment(1, 1)]);
    await clock.advanceAsync(10_000);
    expect(sent()).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });
});
