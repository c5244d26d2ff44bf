import type { RequestError, TopicCreation } from "./requests";
import { ControllerHarness, placed, topic } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };

async function twoBrokers(options: Parameters<ControllerHarness["lone"]>[0] = {}) {
  const harness = new ControllerHarness();
  await harness.broker(2);
  const { session, controller } = await harness.lone(options);
  await harness.now(controller.createTopics([topic("there", 2), topic("a.b")], WAIT, harness.signal));
  return { harness, session, controller };
}

describe("a creation that breaks a rule is refused in Kafka's words:", () => {
  const cases: readonly [what: string, request: TopicCreation, error: RequestError, message: string | null][] = [
    ["an illegal name", topic("a/b"), "INVALID_TOPIC_EXCEPTION", "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ["a topic that is there", topic("there"), "TOPIC_ALREADY_EXISTS", "Topic 'there' already exists."],
    ["a name that collides", topic("a_b"), "INVALID_TOPIC_EXCEPTION", "Topic 'a_b' collides with existing topics: a.b"],
    ["no partitions", topic("t", 0), "INVALID_PARTITIONS", "Number of partitions must be larger than 0."],
    ["no replicas", topic("t", 1, 0), "INVALID_REPLICATION_FACTOR", "Replication factor must be larger than 0."],
    ["more replicas than brokers", topic("t", 1, 3), "INVALID_REPLICATION_FACTOR", "Replication factor: 3 larger than available brokers: 2."],
    ["counts beside an assignment", { ...placed("t", [[1]]), partitions: 1 }, "INVALID_REQUEST", "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time."],
    ["uneven replicas", placed("t", [[1], [1, 2]]), "INVALID_REPLICA_ASSIGNMENT", "All partitions should have the same number of replicas"],
    ["a broker named twice", placed("t", [[1, 1]]), "INVALID_REPLICA_ASSIGNMENT", "Duplicate replica assignment found: 0 -> [1, 1]"],
    ["a gap in partition ids", { ...placed("t", []), assignments: [{ partition: 1, replicas: [1] }] }, "INVALID_REPLICA_ASSIGNMENT", "partitions should be a consecutive 0-based integer sequence"],
    ["a bad config", placed("t", [[1]], { "retention.ms": "banana" }), "INVALID_CONFIG", "Invalid value banana for configuration retention.ms"],
    ["a config without a value", { ...topic("t"), configs: [{ name: "retention.ms", value: null }] }, "INVALID_CONFIG", "Null value not supported for topic configs: retention.ms"],
  ]; // biome-ignore format: a table
  it.each(cases)("%s", async (_, request, error, message) => {
    const { harness, controller } = await twoBrokers();
    const from = harness.ensemble.transactions.length;
    const [outcome] = await harness.now(controller.createTopics([request], WAIT, harness.signal));
    expect(outcome).toMatchObject({ name: request.name, error, message, partitions: -1 });
    expect(harness.ensemble.transactions.length).toBe(from);
  });

  it("a topic named twice in one request, while the others are made", async () => {
    const { harness, controller } = await twoBrokers();
    const requests = [topic("twice"), topic("once"), topic("twice")];
    const outcomes = await harness.now(controller.createTopics(requests, WAIT, harness.signal));
    expect(outcomes.map((outcome) => [outcome.name, outcome.error])).toEqual([
      ["twice", "INVALID_REQUEST"],
      ["once", "NONE"],
      ["twice", "INVALID_REQUEST"],
    ]);
  });
});

describe("a creation", () => {
  it("takes the broker's defaults for -1", async () => {
    const { harness, controller } = await twoBrokers({ config: { numPartitions: 3, defaultReplicationFactor: 2 } });
    const [outcome] = await harness.now(controller.createTopics([topic("t", -1, -1)], WAIT, harness.signal));
    expect(outcome).toMatchObject({ error: "NONE", partitions: 3, replicationFactor: 2 });
  });

  it("that is only validated writes nothing, and says what would have been made", async () => {
    const { harness, controller } = await twoBrokers();
    const from = harness.ensemble.transactions.length;
    const validated = controller.createTopics([topic("t", 4, 2)], { ...WAIT, validateOnly: true }, harness.signal);
    expect(await harness.now(validated)).toMatchObject([{ error: "NONE", partitions: 4, replicationFactor: 2 }]);
    expect(harness.ensemble.transactions.length).toBe(from);
  });

  it("shows clients all of its partitions at once, those whose leaders have not answered as without one", async () => {
    const { harness, controller } = await twoBrokers();
    const knownTo1 = () => {
      const views: string[] = [];
      const leaders = new Map<number, number>();
      for (const { partitions } of harness.channel.to(1, "updateMetadata")) {
        const ours = partitions.filter(({ topic: name }) => name === "t");
        for (const { partition, leader } of ours) leaders.set(partition, leader);
        if (ours.length > 0) views.push([...leaders].sort(([a], [b]) => a - b).join(" "));
      }
      return views;
    };
    let answer = () => {};
    harness.channel.reply = async (brokerId, command) => {
      if (brokerId === 2 && command.kind === "leaderAndIsr")
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      return { error: "NONE", partitionErrors: [] };
    };
    const created = controller.createTopics([placed("t", [[1], [2], [1]])], WAIT, harness.signal);
    await harness.after(100);
    expect(knownTo1().every((view) => view.split(" ").length === 3)).toBe(true);
    expect(knownTo1().at(-1)).toBe("0,1 1,-1 2,1");
    answer();
    expect(await harness.now(created)).toMatchObject([{ error: "NONE" }]);
    await harness.settled();
    expect(knownTo1().at(-1)).toBe("0,1 1,2 2,1");
  });

  it("with no time to wait answers REQUEST_TIMED_OUT, and is made", async () => {
    const { harness, controller } = await twoBrokers();
    const created = controller.createTopics([topic("t")], { timeoutMs: 0 }, harness.signal);
    expect(await harness.now(created)).toMatchObject([{ error: "REQUEST_TIMED_OUT" }]);
    expect(harness.json("/brokers/topics/t/partitions/0/state")).not.toBeNull();
  });

  it("of a topic that another tool has made meanwhile leaves its configs alone", async () => {
    const { harness, session, controller } = await twoBrokers();
    harness.ensemble.latencyMs = 10;
    // On its way before the other's write, checked against a state without it, and written after it.
    const creation = controller.createTopics([placed("t", [[1]], { "segment.ms": "5" })], WAIT, harness.signal);
    harness.ensemble.latencyMs = 0;
    await session.create("/config/topics/t", Buffer.from('{"version":1,"config":{"retention.ms":"1"}}'));
    await session.create(
      "/brokers/topics/t",
      Buffer.from(
        '{"version":3,"topic_id":"AAAAAAAAAAAAAAAAAAAAAQ","partitions":{"0":[2]},"adding_replicas":{},"removing_replicas":{}}',
      ),
    );
    await harness.after(1_000);
    expect(await harness.now(creation)).toMatchObject([{ error: "TOPIC_ALREADY_EXISTS" }]);
    expect(harness.json("/config/topics/t")).toEqual({ version: 1, config: { "retention.ms": "1" } });
  });

  it("replaces configs that an interrupted creation has left", async () => {
    const { harness, session, controller } = await twoBrokers();
    const left = Buffer.from('{"version":1,"config":{"retention.ms":"1"}}');
    await session.create("/config/topics/t", left);
    await harness.now(controller.createTopics([placed("t", [[1]], { "segment.ms": "5" })], WAIT, harness.signal));
    expect(harness.json("/config/topics/t")).toEqual({ version: 1, config: { "segment.ms": "5" } });
  });

  it("of the same topic by two at once succeeds once", async () => {
    const { harness, controller } = await twoBrokers();
    const create = () => controller.createTopics([topic("t")], WAIT, harness.signal);
    const outcomes = await harness.now(Promise.all([create(), create()]));
    expect(outcomes.map(([outcome]) => outcome?.error)).toEqual(["NONE", "TOPIC_ALREADY_EXISTS"]);
  });
});

describe("a partition increase", () => {
  it.each([
    [
      "to fewer",
      "there",
      1,
      null,
      "INVALID_PARTITIONS",
      "Topic currently has 2 partitions, which is higher than the requested 1.",
    ],
    ["to as many", "there", 2, null, "INVALID_PARTITIONS", "Topic already has 2 partitions."],
    ["of no topic", "nowhere", 2, null, "UNKNOWN_TOPIC_OR_PARTITION", "The topic 'nowhere' does not exist."],
    [
      "with too few assignments",
      "there",
      4,
      [[1]],
      "INVALID_REPLICA_ASSIGNMENT",
      "Increasing the number of partitions by 2 but 1 assignments provided.",
    ],
    [
      "onto an unknown broker",
      "there",
      3,
      [[9]],
      "INVALID_REPLICA_ASSIGNMENT",
      "Unknown broker(s) in replica assignment: 9.",
    ],
  ] as const)("%s is refused", async (_, name, count, assignments, error, message) => {
    const { harness, controller } = await twoBrokers();
    const [outcome] = await harness.now(
      controller.createPartitions([{ name, count, assignments }], WAIT, harness.signal),
    );
    expect(outcome).toEqual({ name, error, message });
  });

  it("places the new partitions where the round of the old ones goes on", async () => {
    const { harness, controller } = await twoBrokers();
    await harness.now(controller.createTopics([placed("t", [[2], [1]])], WAIT, harness.signal));
    const request = { name: "t", count: 4, assignments: null };
    expect(await harness.now(controller.createPartitions([request], WAIT, harness.signal))).toMatchObject([
      { error: "NONE" },
    ]);
    expect(harness.json("/brokers/topics/t")).toMatchObject({ partitions: { 0: [2], 1: [1], 2: [2], 3: [1] } });
    expect(harness.json("/brokers/topics/t/partitions/3/state")).toMatchObject({ leader: 1, isr: [1] });
  });

  it("that another tool writes has the same effect", async () => {
    const { harness, session } = await twoBrokers();
    const node = harness.json("/brokers/topics/there") as { partitions: Record<string, number[]> };
    const grown = { ...node, partitions: { ...node.partitions, 2: [1] } };
    await session.set("/brokers/topics/there", Buffer.from(JSON.stringify(grown)), null);
    await harness.settled();
    expect(harness.json("/brokers/topics/there/partitions/2/state")).toMatchObject({ leader: 1 });
  });
});

describe("a deletion", () => {
  it("removes the topic's nodes and its replicas' logs, and clients lose sight of it", async () => {
    const { harness, controller } = await twoBrokers();
    const [outcome] = await harness.now(controller.deleteTopics([{ name: "there" }], WAIT, harness.signal));
    expect(outcome).toMatchObject({ name: "there", error: "NONE" });
    expect(harness.ensemble.paths().filter((path) => path.includes("there"))).toEqual([]);
    const stopped = [1, 2].flatMap((id) =>
      harness.channel.to(id, "stopReplica").flatMap((command) => command.partitions),
    );
    expect(stopped.map((replica) => [replica.topic, replica.deleteLog, replica.leaderEpoch])).toEqual([
      ["there", true, -2],
      ["there", true, -2],
    ]);
    const metadata = harness.channel.to(1, "updateMetadata").flatMap((command) => command.partitions);
    expect(metadata.filter((partition) => partition.topic === "there").at(-1)).toMatchObject({ leader: -2 });
  });

  it("by id is of that very topic", async () => {
    const { harness, controller } = await twoBrokers();
    const { topic_id: topicId } = harness.json("/brokers/topics/there") as { topic_id: string };
    const unknown = "abcdefghijklmnopqrstuQ";
    const outcomes = await harness.now(
      controller.deleteTopics([{ topicId: unknown }, { topicId }], WAIT, harness.signal),
    );
    expect(outcomes).toEqual([
      { name: null, topicId: unknown, error: "UNKNOWN_TOPIC_ID", message: null },
      { name: "there", topicId, error: "NONE", message: null },
    ]);
  });

  it("of a topic that is not there is refused, and of any where deletion is disabled", async () => {
    const { harness, controller } = await twoBrokers({ config: { deleteTopicEnable: false } });
    const outcomes = await harness.now(
      controller.deleteTopics([{ name: "no" }, { name: "there" }], WAIT, harness.signal),
    );
    expect(outcomes.map((outcome) => outcome.error)).toEqual(["UNKNOWN_TOPIC_OR_PARTITION", "TOPIC_DELETION_DISABLED"]);
  });

  it("with a dead broker stays pending, survives the controller, and is finished when the broker is back", async () => {
    const harness = new ControllerHarness();
    const second = await harness.broker(2);
    const { session, controller } = await harness.lone();
    await harness.now(controller.createTopics([placed("t", [[1, 2]])], WAIT, harness.signal));
    await second.close();
    await harness.settled();
    const deletion = controller.deleteTopics([{ name: "t" }], WAIT, harness.signal);
    await harness.after(WAIT.timeoutMs);
    expect(await harness.now(deletion)).toMatchObject([{ error: "REQUEST_TIMED_OUT" }]);
    const again = await harness.now(controller.createTopics([topic("t")], WAIT, harness.signal));
    expect(again).toMatchObject([{ error: "TOPIC_ALREADY_EXISTS" }]);

    harness.ensemble.expire(session);
    await harness.broker(1, { session });
    await harness.settled();
    expect(controller.epoch).toBe(2);
    expect(harness.ensemble.paths()).toContain("/admin/delete_topics/t");

    await harness.broker(2);
    await harness.settled();
    expect(harness.ensemble.paths().filter((path) => path.endsWith("/t"))).toEqual([]);
  });

  it("asks again when the broker died before it answered", async () => {
    const harness = new ControllerHarness();
    const second = await harness.broker(2);
    const { controller } = await harness.lone();
    await harness.now(controller.createTopics([placed("t", [[2]])], WAIT, harness.signal));
    harness.channel.reply = () => new Promise(() => {});
    const deletion = controller.deleteTopics([{ name: "t" }], WAIT, harness.signal);
    await harness.settled();

    harness.channel.reply = () => ({ error: "NONE", partitionErrors: [] });
    await second.close();
    await harness.settled();
    expect(harness.ensemble.paths()).toContain("/brokers/topics/t");
    await harness.broker(2);
    expect(await harness.now(deletion)).toMatchObject([{ name: "t", error: "NONE" }]);
  });

  it("asks again when the broker opened another session before it answered", async () => {
    const harness = new ControllerHarness();
    await harness.broker(2);
    const { controller } = await harness.lone();
    await harness.now(controller.createTopics([placed("t", [[2]])], WAIT, harness.signal));
    await harness.settled();
    harness.channel.reply = () => new Promise(() => {});
    const deletion = controller.deleteTopics([{ name: "t" }], WAIT, harness.signal);
    await harness.settled();

    harness.channel.reply = () => ({ error: "NONE", partitionErrors: [] });
    const { brokerEpoch, incarnation } = harness.network.process(2);
    controller.sessionOpened({ brokerId: 2, brokerEpoch, incarnation }, { end: () => {}, withoutZooKeeper: () => {} });
    expect(await harness.now(deletion)).toMatchObject([{ name: "t", error: "NONE" }]);
  });

  it("waits for a replica that could not be deleted until its broker has restarted", async () => {
    const { harness, session, controller } = await twoBrokers();
    harness.channel.reply = (_, command) => ({
      error: "NONE",
      partitionErrors:
        command.kind === "stopReplica"
          ? command.partitions.map(({ topic: name, partition }) => ({
              topic: name,
              partition,
              error: "KAFKA_STORAGE_ERROR" as const,
            }))
          : [],
    });
    const deletion = controller.deleteTopics([{ name: "there" }], { timeoutMs: 100 }, harness.signal);
    await harness.after(100);
    expect(await harness.now(deletion)).toMatchObject([{ error: "REQUEST_TIMED_OUT" }]);
    expect(harness.ensemble.paths()).toContain("/brokers/topics/there");

    harness.channel.reply = () => ({ error: "NONE", partitionErrors: [] });
    harness.ensemble.expire(session);
    await harness.broker(1, { session });
    await harness.settled();
    expect(harness.ensemble.paths()).not.toContain("/brokers/topics/there");
  });

  it("lets the name be used again at once, for another topic", async () => {
    const { harness, controller } = await twoBrokers();
    const { topic_id: before } = harness.json("/brokers/topics/there") as { topic_id: string };
    await harness.now(controller.deleteTopics([{ name: "there" }], WAIT, harness.signal));
    const [outcome] = await harness.now(controller.createTopics([topic("there")], WAIT, harness.signal));
    expect(outcome?.error).toBe("NONE");
    expect(outcome?.topicId).not.toBe(before);
  });
});

describe("producer id blocks", () => {
  it("are handed out once, also when a reply is lost", async () => {
    const { harness, session, controller } = await twoBrokers();
    const epoch = harness.channel.to(2, "leaderAndIsr")[0]?.brokerEpoch ?? 0n;
    const firsts: bigint[] = [];
    for (let i = 0; i < 4; i++) {
      if (i === 2) harness.ensemble.loseNextReply(session, { verified: false });
      const block = await harness.now(controller.allocateProducerIds(2, epoch, harness.signal));
      if (block.error === "NONE") firsts.push(block.firstProducerId);
    }
    expect(firsts).toHaveLength(4);
    expect(new Set(firsts).size).toBe(4);
    expect(firsts.every((first) => first % 1000n === 0n)).toBe(true);
  });

  it("are refused to a broker that is not there, and to an earlier incarnation", async () => {
    const { harness, controller } = await twoBrokers();
    const ask = (id: number) => harness.now(controller.allocateProducerIds(id, 1n, harness.signal));
    expect(await ask(9)).toEqual({ error: "BROKER_NOT_AVAILABLE" });
    expect(await ask(2)).toEqual({ error: "STALE_BROKER_EPOCH" });
  });
});
