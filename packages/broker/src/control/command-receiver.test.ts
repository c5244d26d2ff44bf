import {
  type BrokerCommand,
  type BrokerReply,
  type ConfigOverrides,
  LEADER_DURING_DELETE,
  type PartitionAssignment,
  type PartitionMetadata,
} from "@ottla/controller";
import { Aborted } from "@ottla/runtime";
import { CommandReceiver } from "./command-receiver";

const header = { controllerId: 1, controllerEpoch: 3, brokerEpoch: 40n };
const assignmentOf = (topic: string, isNew = true) => ({ topic, isNew }) as PartitionAssignment;
const assign = (topic: string, options: { isNew?: boolean; tailSettled?: boolean } = {}): BrokerCommand => ({
  ...header,
  kind: "leaderAndIsr",
  partitions: [assignmentOf(topic, options.isNew)],
  liveLeaders: [],
  full: false,
  tailSettled: options.tailSettled ?? false,
});
const metadata: BrokerCommand = { ...header, kind: "updateMetadata", brokers: [], partitions: [], full: false };
const stop = (topic: string, deleteLog: boolean): BrokerCommand => ({
  ...header,
  kind: "stopReplica",
  partitions: [{ topic, topicId: "id", partition: 0, leaderEpoch: 0, deleteLog }],
});

/** A receiver whose reads of configurations a spec answers. */
function receiverUnderTest(reply: BrokerReply = { error: "NONE", partitionErrors: [] }) {
  const happened: string[] = [];
  const reads: ((configs: ConfigOverrides | Error) => void)[] = [];
  const known = new Set<string>();
  const held = new Set<string>();
  const inMetadata = new Set<string>();
  const receiver = new CommandReceiver({
    partitions: {
      apply: (command) => {
        happened.push(command.kind);
        return reply;
      },
      holds: (topic) => held.has(topic),
    },
    metadata: { topic: (name) => (inMetadata.has(name) ? {} : undefined) },
    topicConfigs: {
      has: (topic) => known.has(topic),
      topics: () => [...known],
      setOverrides: (topic) => {
        known.add(topic);
        happened.push(`configs of ${topic}`);
      },
      forget: (topic) => void happened.push(`forgot ${topic}`),
    },
    readTopicConfig: () =>
      new Promise((resolve, reject) => {
        reads.push((configs) => (configs instanceof Error ? reject(configs) : resolve(configs)));
      }),
    onTailSettled: () => void happened.push("tail settled"),
  });
  const answerRead = async (configs: ConfigOverrides | Error = {}): Promise<void> => {
    await settled();
    reads.shift()?.(configs);
    await settled();
  };
  return { receiver, happened, answerRead, known, held, inMetadata };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const standing = new AbortController().signal;

describe("a command that makes a replica", () => {
  it("is applied once its topic's configuration is known, since a log is made with it", async () => {
    const { receiver, happened, answerRead } = receiverUnderTest();
    const reply = receiver.take(assign("orders"), standing);
    await settled();
    expect(happened).toEqual([]);
    await answerRead();
    expect(happened).toEqual(["configs of orders", "leaderAndIsr"]);
    expect(await reply).toMatchObject({ error: "NONE" });
  });

  it("is not overtaken by the one after it, while it waits", async () => {
    const { receiver, happened, answerRead } = receiverUnderTest();
    const both = [receiver.take(assign("orders"), standing), receiver.take(metadata, standing)];
    await answerRead();
    await Promise.all(both);
    expect(happened).toEqual(["configs of orders", "leaderAndIsr", "updateMetadata"]);
  });

  it("changes nothing when the configuration cannot be read, and the next command is taken all the same", async () => {
    const { receiver, happened, answerRead } = receiverUnderTest();
    const failing = expect(receiver.take(assign("orders"), standing)).rejects.toThrow("no contact");
    const next = receiver.take(metadata, standing);
    await answerRead(new Error("no contact"));
    await failing;
    await next;
    expect(happened).toEqual(["updateMetadata"]);
  });

  it("is dropped when its session ends while it waits: a later session's full command says what holds now", async () => {
    const { receiver, happened, answerRead } = receiverUnderTest();
    const session = new AbortController();
    const dropped = expect(receiver.take(assign("orders"), session.signal)).rejects.toThrow(Aborted);
    await settled();
    session.abort();
    await answerRead();
    await dropped;
    expect(happened).not.toContain("leaderAndIsr");
  });
});

describe("a command", () => {
  it("is not applied once the replicas are about to stop", async () => {
    const { receiver, happened } = receiverUnderTest();
    receiver.close();
    await expect(receiver.take(metadata, standing)).rejects.toThrow(Aborted);
    expect(happened).toEqual([]);
  });

  it("that says the tail is settled clears the mark of a torn broker (rule 56)", async () => {
    const { receiver, happened, answerRead } = receiverUnderTest();
    const taken = receiver.take(assign("orders", { tailSettled: true }), standing);
    await answerRead();
    await taken;
    expect(happened).toContain("tail settled");
  });

  it("of a controller that is out of date clears nothing", async () => {
    const { receiver, happened, answerRead } = receiverUnderTest({
      error: "STALE_CONTROLLER_EPOCH",
      partitionErrors: [],
    });
    const taken = receiver.take(assign("orders", { tailSettled: true }), standing);
    await answerRead();
    expect(await taken).toMatchObject({ error: "STALE_CONTROLLER_EPOCH" });
    expect(happened).not.toContain("tail settled");
  });

  it.each([
    [true, ["stopReplica", "forgot orders"]],
    [false, ["stopReplica"]],
  ])(
    "that stops a replica (its log deleted: %s) leaves its topic's configuration in place unless the log goes",
    async (deleteLog, expected) => {
      const { receiver, happened } = receiverUnderTest();
      await receiver.take(stop("orders", deleteLog), standing);
      expect(happened).toEqual(expected);
    },
  );
});

describe("the configuration of a topic", () => {
  const deleted = (topic: string): BrokerCommand =>
    ({ ...metadata, partitions: [{ topic, leader: LEADER_DURING_DELETE } as PartitionMetadata] }) as BrokerCommand;

  it("is forgotten once the topic is gone, also where it never had a replica", async () => {
    const { receiver, happened, known } = receiverUnderTest();
    known.add("orders").add("others");
    await receiver.take(deleted("orders"), standing);
    expect(happened).toEqual(["updateMetadata", "forgot orders"]);
  });

  it("stays while some of the topic's partitions are there", async () => {
    const { receiver, happened, known, inMetadata } = receiverUnderTest();
    known.add("orders");
    inMetadata.add("orders");
    await receiver.take(deleted("orders"), standing);
    expect(happened).toEqual(["updateMetadata"]);
  });

  it("is forgotten when a full state does not name the topic: its end was told while nobody listened", async () => {
    const { receiver, happened, known, inMetadata } = receiverUnderTest();
    known.add("orders").add("others");
    inMetadata.add("others");
    await receiver.take({ ...metadata, full: true } as BrokerCommand, standing);
    expect(happened).toEqual(["updateMetadata", "forgot orders"]);
  });

  it("stays while a log of the topic lies here, lest the defaults delete what the topic was promised to keep", async () => {
    const { receiver, happened, known, held } = receiverUnderTest();
    known.add("orders");
    held.add("orders");
    await receiver.take(stop("orders", true), standing);
    await receiver.take({ ...metadata, full: true } as BrokerCommand, standing);
    expect(happened).toEqual(["stopReplica", "updateMetadata"]);
  });
});
