import { configChange } from "@ottla/coordination";
import { type ConfigEntity, type ConfigOverrides, ConfigStore } from "./config-store";
import { ControllerHarness } from "./testing/controller-harness";

const T: ConfigEntity = { type: "topics", name: "t" };

async function stores() {
  const harness = new ControllerHarness();
  const sessions = [await harness.connect("broker-1"), await harness.connect("broker-2")] as const;
  const told: [ConfigEntity, ConfigOverrides][][] = [[], []];
  const start = async (index: 0 | 1) => {
    const { clock, logger, signal } = harness;
    const options = { coordination: sessions[index], clock, logger };
    return ConfigStore.start(options, (entity, configs) => told[index]?.push([entity, configs]), signal);
  };
  return { harness, sessions, told, start };
}

describe("configs in ZooKeeper", () => {
  it("change for every broker, the one that changes them too", async () => {
    const { harness, told, start } = await stores();
    const [first, second] = [await start(0), await start(1)];
    await first.alter(T, () => ({ "retention.ms": "5" }));
    await harness.settled();
    expect(told).toEqual([[[T, { "retention.ms": "5" }]], [[T, { "retention.ms": "5" }]]]);
    expect(await second.read(T)).toEqual({ "retention.ms": "5" });
    expect(await second.readAll("topics")).toEqual(new Map([["t", { "retention.ms": "5" }]]));
  });

  it("of two writers at once are both kept", async () => {
    const { harness, start } = await stores();
    const [first, second] = [await start(0), await start(1)];
    await first.alter(T, () => ({}));
    harness.ensemble.latencyMs = 10;
    const both = Promise.all([
      first.alter(T, (current) => ({ ...current, a: "1" })),
      second.alter(T, (current) => ({ ...current, b: "2" })),
    ]);
    await harness.after(500);
    await harness.now(both);
    harness.ensemble.latencyMs = 0;
    expect(await first.read(T)).toEqual({ a: "1", b: "2" });
  });

  it("that are taken away leave an empty map behind", async () => {
    const { harness, start } = await stores();
    const store = await start(0);
    await store.alter({ type: "brokers", name: "<default>" }, () => ({ "log.retention.ms": "1" }));
    await store.alter({ type: "brokers", name: "<default>" }, () => ({}));
    expect(harness.json("/config/brokers/<default>")).toEqual({ version: 1, config: {} });
  });

  it("are left alone, without a notification, when the change is none", async () => {
    const { harness, start } = await stores();
    const store = await start(0);
    const from = harness.ensemble.transactions.length;
    await store.alter(T, () => null);
    expect(harness.ensemble.transactions.length).toBe(from);
  });

  it("tell of nothing twice, and at start of what has changed lately", async () => {
    const { harness, told, start } = await stores();
    const first = await start(0);
    await first.alter(T, () => ({ a: "1" }));
    await first.alter(T, () => ({ a: "2" }));
    await start(1);
    expect(told[1]).toEqual([[T, { a: "2" }], [T, { a: "2" }]]); // biome-ignore format: two of a kind
    await harness.settled();
    expect(told[0]?.at(-1)).toEqual([T, { a: "2" }]);
    expect(told[0]?.length).toBeLessThanOrEqual(2);
  });

  it("keep a notification for a quarter of an hour", async () => {
    const { harness, start } = await stores();
    const store = await start(0);
    const left = () => harness.ensemble.paths().filter((path) => path.startsWith(configChange.prefix)).length;
    await store.alter(T, () => ({ a: "1" }));
    await harness.after(899_000);
    await store.alter(T, () => ({ a: "2" }));
    await harness.settled();
    expect(left()).toBe(2);
    await harness.after(2_000);
    await store.alter(T, () => ({ a: "3" }));
    await harness.settled();
    expect(left()).toBe(2);
  });

  it("survive a notification that nobody understands", async () => {
    const { harness, sessions, told, start } = await stores();
    const store = await start(0);
    await sessions[1].create(configChange.prefix, Buffer.from("nonsense"), { sequential: true });
    await store.alter(T, () => ({ a: "1" }));
    await harness.settled();
    expect(told[0]).toEqual([[T, { a: "1" }]]);
  });

  it("are told again after the session has expired", async () => {
    const { harness, sessions, told, start } = await stores();
    const [, second] = [await start(0), await start(1)];
    harness.ensemble.disconnect(sessions[0]);
    await second.alter(T, () => ({ a: "1" }));
    await harness.after(60_000);
    expect(told[0]).toEqual([]);
    harness.ensemble.reconnect(sessions[0]);
    await harness.after(2_000);
    expect(told[0]).toEqual([[T, { a: "1" }]]);
  });
});
