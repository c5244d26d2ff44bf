import { BrokerConfig, ConfigRefused } from "./broker-config";
import { gatherConfig } from "./config-sources";

const ZOOKEEPER = { "zookeeper.connect": "localhost:2181" };

const configOf = (values: Readonly<Record<string, string>>): BrokerConfig =>
  BrokerConfig.from(
    Object.entries({ ...ZOOKEEPER, ...values }).map(([key, value]) => ({ key, value, origin: "spec" })),
  );

/** The problems that stop a start with these values. */
function problemsOf(values: Readonly<Record<string, string>>): readonly string[] {
  try {
    configOf(values);
    return [];
  } catch (error) {
    if (error instanceof ConfigRefused) return error.problems;
    throw error;
  }
}

describe("a broker's configuration", () => {
  it("has Kafka's defaults where nobody says anything", () => {
    const config = configOf({});
    expect(config.get("num.partitions")).toBe(1);
    expect(config.get("log.retention.hours")).toBe(168);
    expect(config.get("socket.request.max.bytes")).toBe(104_857_600);
    expect(config.listeners).toEqual([{ name: "PLAINTEXT", host: "", port: 9092 }]);
    expect(config.logDirectories).toEqual(["/tmp/kafka-logs"]);
    expect(config.get("log.retention.ms")).toBeNull();
  });

  it("reads the largest long as without limit", () => {
    expect(configOf({}).get("log.flush.interval.messages")).toBe(Infinity);
  });

  it("advertises what it listens on, unless it is told otherwise", () => {
    expect(configOf({ listeners: "PLAINTEXT://a:1" }).advertisedListeners).toEqual([
      { name: "PLAINTEXT", host: "a", port: 1 },
    ]);
    expect(
      configOf({ listeners: "PLAINTEXT://:1", "advertised.listeners": "plaintext://[::1]:2" }).advertisedListeners,
    ).toEqual([{ name: "PLAINTEXT", host: "::1", port: 2 }]);
  });

  it("warns of a key that nobody knows, and names the nearest one that is known", () => {
    expect(configOf({ "num.partition": "3" }).warnings).toEqual([
      "num.partition (spec) is not known and has no effect; did you mean num.partitions?",
    ]);
    expect(configOf({ "confluent.something.else": "3" }).warnings).toEqual([
      "confluent.something.else (spec) is not known and has no effect",
    ]);
  });

  it("warns of a topic's key, which a broker spells otherwise", () => {
    expect(configOf({ "retention.ms": "1" }).warnings).toEqual([
      "retention.ms (spec) is a topic's key and has no effect here; the broker's is log.retention.ms",
    ]);
  });

  it.each([
    ["num.partitions", "many", "it must be a whole number of at least 1"],
    ["num.partitions", "0", "it must be a whole number of at least 1"],
    ["broker.id", "2147483648", "it must be a whole number"],
    ["log.cleaner.min.cleanable.ratio", "2", "it must be a number from 0 to 1"],
    ["auto.create.topics.enable", "yes", "it must be true or false"],
    ["log.cleanup.policy", "delete,shrink", "it must be a list of values out of compact, delete"],
    ["compression.type", "brotli", "it must be one of uncompressed, zstd, lz4, snappy, gzip, producer"],
    ["max.connections.per.ip.overrides", "localhost", "it must be a list of address:number"],
    [
      "replica.selector.class",
      "org.example.NearestReplica",
      "it must be one of org.apache.kafka.common.replica.LeaderSelector, org.apache.kafka.common.replica.RackAwareReplicaSelector; other Java classes cannot be loaded",
    ],
    ["leader.replication.throttled.rate", "-1", "it must be a whole number of at least 0"],
  ])("stops the start over %s=%s, and says what would be right", (key, value, right) => {
    expect(problemsOf({ [key]: value })).toEqual([`${key}=${value} (spec) is not right: ${right}`]);
  });

  it.each(["LeaderSelector", "RackAwareReplicaSelector"])(
    "takes Kafka's %s for the replica that consumers are sent to",
    (name) => {
      const selector = `org.apache.kafka.common.replica.${name}`;
      expect(configOf({ "replica.selector.class": selector }).get("replica.selector.class")).toBe(selector);
    },
  );

  it("names every wrong value at once", () => {
    expect(problemsOf({ "num.partitions": "x", "broker.id": "y" })).toHaveLength(2);
  });

  it.each([
    [{ listeners: "SSL://:9093" }, "TLS"],
    [{ listeners: "A://:1", "listener.security.protocol.map": "A:SASL_PLAINTEXT" }, "SASL"],
    [{ "sasl.enabled.mechanisms": "PLAIN" }, "SASL"],
    [{ "ssl.keystore.location": "/x" }, "TLS"],
    [{ "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer" }, "ACLs"],
    [{ "super.users": "User:a" }, "ACLs"],
    [{ "max.connection.creation.rate": "10" }, "quotas"],
    [{ "group.coordinator.rebalance.protocols": "classic,consumer" }, "KIP-848 and share groups"],
    [{ "remote.log.storage.system.enable": "true" }, "tiered storage"],
    [{ "process.roles": "broker,controller" }, "KRaft: the cluster is coordinated by ZooKeeper"],
    [{ "zookeeper.ssl.client.enable": "true" }, "TLS to ZooKeeper"],
    [{ "log.message.downconversion.enable": "true" }, "down-conversion of records for Fetch versions below 4"],
    [{ "create.topic.policy.class.name": "a.B" }, "policies as Java classes"],
  ])("stops the start over %o, since it asks for a feature that is not here", (values, feature) => {
    const problems = problemsOf(values as unknown as Record<string, string>);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/asks for something that is not supported: /);
    expect(problems.join()).toContain(`not supported: ${feature}`);
  });

  it("never prints a password", () => {
    expect(problemsOf({ "ssl.keystore.password": "hunter2" }).join()).not.toContain("hunter2");
  });

  it("takes keys that have no effect here", () => {
    expect(
      configOf({ "num.io.threads": "16", "inter.broker.protocol.version": "3.9", "background.threads": "4" }).warnings,
    ).toEqual([]);
  });

  it.each([
    [
      { listeners: "PLAINTEXT:9092" },
      ["listeners=PLAINTEXT:9092 is not right: PLAINTEXT:9092 is not NAME://host:port"],
    ],
    [
      { listeners: "PLAINTEXT://:70000" },
      ["listeners=PLAINTEXT://:70000 is not right: PLAINTEXT://:70000 has no such port"],
    ],
    [{ listeners: "X://:1" }, ["listeners: X has no protocol; listener.security.protocol.map must say X:PLAINTEXT"]],
    [
      { "advertised.listeners": "PLAINTEXT://0.0.0.0:9092" },
      ["advertised.listeners: PLAINTEXT must name a host that clients can reach, not 0.0.0.0"],
    ],
    [
      { "broker.id": "5000" },
      [
        "broker.id=5000 is not right: it must be at most reserved.broker.max.id (1000), or broker.id.generation.enable be false",
      ],
    ],
  ])("judges values that do not fit together: %o", (values, problems) => {
    expect(problemsOf(values as unknown as Record<string, string>)).toEqual(problems);
  });

  it("needs to know where ZooKeeper is", () => {
    expect(() => BrokerConfig.from([])).toThrow("zookeeper.connect is not set");
    expect(() => configOf({ "zookeeper.connect": "" })).toThrow("zookeeper.connect is not set");
  });

  it("follows what is set at run time, for this broker before all brokers, and tells who listens", () => {
    const config = configOf({ "message.max.bytes": "1000" });
    const told: string[][] = [];
    config.onChange((changed) => told.push([...changed]));
    config.setDynamic("default", { "message.max.bytes": "2000" });
    expect(config.get("message.max.bytes")).toBe(2000);
    config.setDynamic("broker", { "message.max.bytes": "3000" });
    expect(config.get("message.max.bytes")).toBe(3000);
    expect(config.sourcesOf("message.max.bytes")).toEqual([
      { source: "dynamic-broker", text: "3000" },
      { source: "dynamic-default", text: "2000" },
      { source: "static", text: "1000" },
      { source: "default", text: "1048588" },
    ]);
    config.setDynamic("broker", {});
    config.setDynamic("default", {});
    expect(config.get("message.max.bytes")).toBe(1000);
    expect(told).toEqual([["message.max.bytes"], ["message.max.bytes"], ["message.max.bytes"], ["message.max.bytes"]]);
  });
});

describe("file, environment and --override", () => {
  const effective = (
    file: string,
    environment: Record<string, string>,
    overrides: { key: string; value: string }[] = [],
  ) => BrokerConfig.from(gatherConfig({ name: "f", text: `zookeeper.connect=z:1\n${file}` }, environment, overrides));

  it("count in this order, the last one most", () => {
    expect(effective("num.partitions=2", {}).get("num.partitions")).toBe(2);
    expect(effective("num.partitions=2", { KAFKA_NUM_PARTITIONS: "3" }).get("num.partitions")).toBe(3);
    expect(
      effective("num.partitions=2", { KAFKA_NUM_PARTITIONS: "3" }, [{ key: "num.partitions", value: "4" }]).get(
        "num.partitions",
      ),
    ).toBe(4);
  });

  it("know the spellings of several images, ours the strongest", () => {
    const environment = { OTTLA_NUM_PARTITIONS: "5", KAFKA_CFG_NUM_PARTITIONS: "4", KAFKA_NUM_PARTITIONS: "3" };
    expect(effective("", environment).get("num.partitions")).toBe(5);
    expect(effective("", { KAFKA_CFG_NUM_PARTITIONS: "4", KAFKA_NUM_PARTITIONS: "3" }).get("num.partitions")).toBe(4);
    expect(effective("", { OTTLA_LOG_LEVEL: "debug" }).get("ottla.log.level")).toBe("debug");
  });

  it("leave alone what is no config", () => {
    expect(
      effective("", { KAFKA_HEAP_OPTS: "-Xmx1G", KAFKA_HOME: "/k", PATH: "/bin", KAFKA_RACK: "" }).warnings,
    ).toEqual([]);
  });

  it("say where a wrong value stands", () => {
    expect(() => effective("num.partitions=x", {})).toThrow("num.partitions=x (f line 2)");
    expect(() => effective("", { KAFKA_NUM_PARTITIONS: "x" })).toThrow("(environment KAFKA_NUM_PARTITIONS)");
  });
});
