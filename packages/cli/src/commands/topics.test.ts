import { FakeBroker } from "@ottla/client";
import { ran } from "../testing/captured-io";
import { topics } from "./topics";

describe("the topics tool", () => {
  let broker: FakeBroker;
  beforeEach(async () => {
    broker = await FakeBroker.start();
    broker.topics.set("orders", 2);
    broker.topics.set("other", 1);
  });
  afterEach(async () => broker.close());
  const run = (...argv: readonly string[]) => ran(topics, ["--bootstrap-server", broker.address, ...argv]);

  it("lists names, sorted, and those alone that match", async () => {
    expect(await run("--list")).toEqual({ code: 0, stdout: "orders\nother\n", stderr: "" });
    expect((await run("--list", "--topic", "ord.*,nothing")).stdout).toBe("orders\n");
    expect((await run("--list", "--json")).stdout).toBe('["orders","other"]\n');
  });

  it("creates a topic, and says so", async () => {
    expect(await run("--create", "--topic", "new", "--partitions", "3")).toEqual({
      code: 0,
      stdout: "Created topic new.\n",
      stderr: "",
    });
    expect(broker.topics.get("new")).toBe(3);
  });

  it("says on standard output that a topic exists, unless that was allowed", async () => {
    expect(await run("--create", "--topic", "orders")).toEqual({
      code: 1,
      stdout: "Error while executing topic command : Topic 'orders' already exists.\n",
      stderr: "",
    });
    expect(await run("--create", "--topic", "orders", "--if-not-exists")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("describes a topic in Kafka's columns", async () => {
    const line = (partition: number) =>
      `\tTopic: orders\tPartition: ${partition}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: N/A\tLastKnownElr: N/A\n`;
    expect((await run("--describe", "--topic", "orders")).stdout).toBe(
      `Topic: orders\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: min.insync.replicas=2\n${line(0)}${line(1)}`,
    );
  });

  it("shows of troubled partitions their lines alone", async () => {
    expect((await run("--describe", "--under-replicated-partitions")).stdout).toBe("");
    expect((await run("--describe", "--under-min-isr-partitions")).stdout.split("\n")).toHaveLength(4);
    broker.leaderId = -1;
    expect((await run("--describe", "--topic", "other", "--unavailable-partitions")).stdout).toBe(
      "\tTopic: other\tPartition: 0\tLeader: none\tReplicas: 1\tIsr: 1\tElr: N/A\tLastKnownElr: N/A\n",
    );
  });

  it("raises the number of partitions, never lowers it", async () => {
    expect(await run("--alter", "--topic", "orders", "--partitions", "4")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(broker.topics.get("orders")).toBe(4);
    expect(await run("--alter", "--topic", "orders", "--partitions", "1")).toMatchObject({ code: 1 });
  });

  it("deletes what matches", async () => {
    expect((await run("--delete", "--topic", "o.*")).code).toBe(0);
    expect([...broker.topics.keys()]).toEqual([]);
  });

  it.each(["--describe", "--delete"])(
    "says of an absent topic that it is absent (%s), unless that was allowed",
    async (action) => {
      expect(await run(action, "--topic", "absent")).toEqual({
        code: 1,
        stdout: "Error while executing topic command : Topic 'absent' does not exist as expected\n",
        stderr: "",
      });
      expect(await run(action, "--topic", "absent", "--if-exists")).toMatchObject({ code: 0, stdout: "" });
    },
  );

  it.each([
    [["--list", "--create"], "exactly one action"],
    [[], "exactly one action"],
    [["--create"], 'Missing required argument "[topic]"'],
    [["--alter", "--topic", "orders"], 'Missing required argument "[partitions]"'],
    [["--list", "--partitions", "3"], `Option "[list]" can't be used with option "[partitions]"`],
    [
      ["--create", "--topic", "x", "--partitions", "1", "--replica-assignment", "1"],
      `Option "[replica-assignment]" can't be used`,
    ],
    [["--alter", "--topic", "orders", "--config", "a=b"], "--config cannot be used with --alter"],
    [["--create", "--topic", "x", "--partitions", "many"], "takes a whole number"],
  ])("refuses %j and says why, on standard error", async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});
