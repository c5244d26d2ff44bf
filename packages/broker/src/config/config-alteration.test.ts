import { alterIncrementally, type ConfigOperation, replaceConfigs } from "./config-alteration";
import type { ConfigResource } from "./config-resource";

const topic: ConfigResource = { kind: "topic", name: "t" };
const broker: ConfigResource = { kind: "broker", id: 1 };
const everyBroker: ConfigResource = { kind: "all-brokers" };
const set = (name: string, value: string | null): ConfigOperation => ({ name, operation: "set", value });

describe("altering single configs", () => {
  it("sets, deletes, appends and subtracts, and leaves the rest", () => {
    const current = { "retention.ms": "5", "cleanup.policy": "delete", "segment.bytes": "100" };
    const altered = alterIncrementally(topic, current, [
      set("retention.ms", "6"),
      { name: "cleanup.policy", operation: "append", value: "compact" },
      { name: "segment.bytes", operation: "delete", value: null },
    ]);
    expect(altered).toEqual({ error: "NONE", next: { "retention.ms": "6", "cleanup.policy": "delete,compact" } });
    expect(
      alterIncrementally(topic, { "cleanup.policy": "delete,compact" }, [
        { name: "cleanup.policy", operation: "subtract", value: "delete" },
      ]),
    ).toEqual({ error: "NONE", next: { "cleanup.policy": "compact" } });
  });

  it("appends to the default where nothing was set", () => {
    expect(alterIncrementally(topic, {}, [{ name: "cleanup.policy", operation: "append", value: "compact" }])).toEqual({
      error: "NONE",
      next: { "cleanup.policy": "delete,compact" },
    });
  });

  it.each([
    [topic, [set("retention.ms", null)], "INVALID_REQUEST"],
    [topic, [set("retention.ms", "1"), set("retention.ms", "2")], "INVALID_REQUEST"],
    [topic, [{ name: "retention.ms", operation: "append", value: "1" } as const], "INVALID_CONFIG"],
    [topic, [set("no.such.key", "1")], "INVALID_CONFIG"],
    [topic, [set("retention.ms", "banana")], "INVALID_CONFIG"],
    [broker, [set("zookeeper.connect", "x:1")], "INVALID_REQUEST"],
    [broker, [set("log.segment.bytes", "3")], "INVALID_REQUEST"],
    [broker, [set("log.retention.ms", "0")], "INVALID_REQUEST"],
    [broker, [set("log.roll.ms", "0")], "INVALID_REQUEST"],
    [everyBroker, [set("max.connections", "0")], "INVALID_REQUEST"],
    [everyBroker, [set("max.connections.per.ip", "0")], "INVALID_REQUEST"],
    [everyBroker, [set("no.such.key", "1")], "INVALID_CONFIG"],
  ])("of %o refuses %o", (resource, operations, error) => {
    expect(alterIncrementally(resource, {}, operations)).toMatchObject({ error });
  });

  it("lets no connections per address through where some addresses have a limit of their own", () => {
    const operations = [set("max.connections.per.ip", "0"), set("max.connections.per.ip.overrides", "127.0.0.1:9")];
    expect(alterIncrementally(everyBroker, {}, operations)).toMatchObject({ error: "NONE" });
  });

  it("lets a dynamic broker config through", () => {
    expect(alterIncrementally(everyBroker, {}, [set("message.max.bytes", " 9 ")])).toEqual({
      error: "NONE",
      next: { "message.max.bytes": "9" },
    });
  });
});

describe("replacing all configs", () => {
  it("drops what is not named", () => {
    expect(replaceConfigs(topic, { "retention.ms": "5" }, [{ name: "segment.bytes", value: "100" }])).toEqual({
      error: "NONE",
      next: { "segment.bytes": "100" },
    });
  });

  it("refuses a null value", () => {
    expect(replaceConfigs(topic, {}, [{ name: "segment.bytes", value: null }])).toMatchObject({
      error: "INVALID_REQUEST",
    });
  });
});
