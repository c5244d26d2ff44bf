import { BrokerConfig } from "./broker-config";
import { TopicConfigs, validateTopicConfigs } from "./topic-configs";

function configsWith(broker: Readonly<Record<string, string>> = {}): { broker: BrokerConfig; topics: TopicConfigs } {
  const given = Object.entries({ "zookeeper.connect": "z:1", ...broker });
  const config = BrokerConfig.from(given.map(([key, value]) => ({ key, value, origin: "spec" })));
  return { broker: config, topics: new TopicConfigs(config) };
}

describe("a topic's configuration", () => {
  it("is its own value, then the broker's, then the default", () => {
    const { topics } = configsWith({ "log.segment.bytes": "2000" });
    expect(topics.of("t").get("segment.bytes")).toBe(2000);
    expect(topics.of("t").get("index.interval.bytes")).toBe(4096);
    topics.setOverrides("t", { "segment.bytes": "1000" });
    expect(topics.of("t").get("segment.bytes")).toBe(1000);
    expect(topics.of("other").get("segment.bytes")).toBe(2000);
  });

  it("takes retention from hours, minutes or milliseconds, the finest that is set", () => {
    const retentionMs = (broker: Record<string, string>) => configsWith(broker).topics.of("t").get("retention.ms");
    expect(retentionMs({})).toBe(7 * 24 * 3_600_000);
    expect(retentionMs({ "log.retention.hours": "1" })).toBe(3_600_000);
    expect(retentionMs({ "log.retention.hours": "1", "log.retention.minutes": "2" })).toBe(120_000);
    expect(retentionMs({ "log.retention.minutes": "2", "log.retention.ms": "3" })).toBe(3);
    expect(retentionMs({ "log.retention.hours": "-1" })).toBe(-1);
    expect(retentionMs({ "log.retention.ms": "-5" })).toBe(-1);
  });

  it.each(["log.retention.ms", "log.retention.minutes", "log.retention.hours"])("cannot begin with %s=0", (key) => {
    expect(() => configsWith({ [key]: "0" })).toThrow(`${key}=0 (spec) is not right: it must be -1, for never`);
  });

  it("is without limit in the log where Kafka says -1 or the largest long", () => {
    const { topics } = configsWith({ "log.retention.hours": "-1" });
    expect(topics.logConfig("t")).toMatchObject({
      retentionMs: Infinity,
      retentionBytes: Infinity,
      flushMessages: Infinity,
      cleanupPolicy: { delete: true, compact: false },
    });
  });

  it("follows the broker's at run time, and tells who listens", () => {
    const { broker, topics } = configsWith();
    const told: string[] = [];
    topics.onChange((topic) => told.push(topic));
    expect(topics.of("t").get("min.insync.replicas")).toBe(1);
    broker.setDynamic("default", { "min.insync.replicas": "2" });
    expect(topics.of("t").get("min.insync.replicas")).toBe(2);
    expect(told).toEqual(["t"]);
  });

  it("says where each value comes from", () => {
    const { topics } = configsWith({ "log.retention.hours": "24" });
    expect(topics.sourcesOf("retention.ms", { "retention.ms": "5" })).toEqual([
      { source: "dynamic-topic", name: "retention.ms", text: "5" },
      { source: "static", name: "log.retention.hours", text: "24" },
      { source: "default", name: "log.retention.hours", text: "168" },
    ]);
    expect(topics.textOf("retention.ms", {})).toBe("86400000");
  });

  it.each([
    [{ "retention.ms": "banana" }, "Invalid value banana for configuration retention.ms"],
    [{ "retension.ms": "1" }, "Unknown topic config name: retension.ms"],
    [{ "cleanup.policy": "" }, "Invalid value  for configuration cleanup.policy"],
    [{ "message.downconversion.enable": "true" }, "is not supported"],
    [{ "leader.replication.throttled.replicas": "0:1,*" }, "it must be the literal '*' or a list of replicas"],
    [{ "follower.replication.throttled.replicas": "0-1" }, "[partitionId]:[brokerId],[partitionId]:[brokerId],..."],
  ])("is refused when it is %o", (configs, message) => {
    expect(validateTopicConfigs(configs as unknown as Record<string, string>)).toMatchObject({
      error: "INVALID_CONFIG",
      message: expect.stringContaining(message),
    });
  });

  it("is taken when it is sound", () => {
    expect(validateTopicConfigs({ "cleanup.policy": "compact,delete", "segment.bytes": "14" })).toBeNull();
    for (const replicas of ["", "*", "0:1", "0:1, 1:2,12:1001"])
      expect(validateTopicConfigs({ "leader.replication.throttled.replicas": replicas })).toBeNull();
  });
});
