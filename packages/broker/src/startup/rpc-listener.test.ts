import { ClusterRpcError, type ClusterServices, InProcessNetwork } from "@ottla/cluster-rpc";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import { BrokerConfig, ConfigRefused } from "../config/broker-config";
import { advertisedEndpoints } from "./endpoints";
import { listenForBrokers } from "./rpc-listener";

const services = {} as ClusterServices;

async function listening(configs: Readonly<Record<string, string>>, taken: readonly number[] = []) {
  const network = new InProcessNetwork({ clock: new SimulatedClock(), logger: silentLogger });
  const transport = network.transport("broker");
  const given = { "zookeeper.connect": "zk:2181", ...configs };
  const config = BrokerConfig.from(Object.entries(given).map(([key, value]) => ({ key, value, origin: "spec" })));
  const endpoints = advertisedEndpoints(config, new Map(), "this-host");
  const host = configs["listeners"]?.includes("//127.0.0.1") ? "127.0.0.1" : "0.0.0.0";
  for (const port of taken) await transport.serve({ host, port }, services);
  return listenForBrokers({ config, endpoints, transport, services, logger: silentLogger });
}

describe("the listener between brokers", () => {
  it.each([
    {
      listeners: "PLAINTEXT://127.0.0.1:9092",
      advertised: "127.0.0.1:19092",
      why: "host and port + 10000 of the inter-broker listener",
    },
    {
      listeners: "PLAINTEXT://:9092",
      advertised: "this-host:19092",
      why: "a name that others can use, where all interfaces are listened on",
    },
  ])("is at $advertised by default: $why", async ({ listeners, advertised }) => {
    expect((await listening({ listeners })).advertised).toBe(advertised);
  });

  it("goes by the inter-broker listener, of several", async () => {
    const { advertised } = await listening({
      listeners: "OUT://:9092,IN://:9093",
      "advertised.listeners": "OUT://example.org:9092,IN://inside:9093",
      "listener.security.protocol.map": "IN:PLAINTEXT,OUT:PLAINTEXT",
      "inter.broker.listener.name": "IN",
    });
    expect(advertised).toBe("inside:19093");
  });

  it.each([
    { asked: "rpc.example.org:7000", advertised: "rpc.example.org:7000" },
    { asked: ":7000", advertised: "this-host:7000" },
    { asked: "7000", advertised: "this-host:7000" },
    { asked: "[::1]:7000", advertised: "[::1]:7000" },
  ])("is where ottla.rpc.listener=$asked says", async ({ asked, advertised }) => {
    const listener = await listening({ listeners: "PLAINTEXT://:9092", "ottla.rpc.listener": asked });
    expect(listener.advertised).toBe(advertised);
  });

  it("takes a free port when the usual one is taken, since others find it in the registration anyway", async () => {
    const { advertised, server } = await listening({ listeners: "PLAINTEXT://127.0.0.1:9092" }, [19092]);
    expect(server.port).not.toBe(19092);
    expect(advertised).toBe(`127.0.0.1:${server.port}`);
  });

  it("takes a free port where the usual one would be none", async () => {
    const { server } = await listening({ listeners: "PLAINTEXT://127.0.0.1:60000" });
    expect(server.port).toBeGreaterThan(0);
  });

  it("is refused when the port that was asked for is taken", async () => {
    const configs = { listeners: "PLAINTEXT://127.0.0.1:9092", "ottla.rpc.listener": "127.0.0.1:7000" };
    await expect(listening(configs, [7000])).rejects.toThrow(ClusterRpcError);
  });

  it.each(["host", "host:", "host:70000", "a:b:1"])("is refused for what is no address: %s", async (asked) => {
    await expect(listening({ listeners: "PLAINTEXT://:9092", "ottla.rpc.listener": asked })).rejects.toThrow(
      ConfigRefused,
    );
  });
});
