import { createServer } from "node:net";
import { apiVersions, initProducerId, metadata } from "@ottla/protocol";
import { systemClock } from "@ottla/runtime";
import { FakeBroker, versionsAnswer } from "../testing/fake-broker";
import { Connection } from "./connection";

describe("a connection to a broker", () => {
  let broker: FakeBroker;
  let connection: Connection | null = null;
  beforeEach(async () => {
    broker = await FakeBroker.start();
  });
  afterEach(async () => {
    connection?.close();
    await broker.close();
  });
  const open = async (requestTimeoutMs = 5_000) => {
    const { port } = broker;
    const options = { host: "127.0.0.1", port, clientId: "spec", clock: systemClock, connectTimeoutMs: 2_000 };
    connection = await Connection.open({ ...options, requestTimeoutMs });
    return connection;
  };
  const asked = { topics: [{ name: "t" }] };

  it("asks again in the version that the broker offers when it does not know ours (KIP-511)", async () => {
    broker.on(apiVersions, (_, version) =>
      version > 2
        ? { errorCode: "UNSUPPORTED_VERSION" as const, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 2 }] }
        : undefined,
    );
    expect((await open()).versions.supports(metadata)).toBe(true);
    expect(broker.seen.map(({ version }) => version)).toEqual([apiVersions.maxVersion, 2]);
  });

  it("speaks the newest version that both sides know, and says so when there is none", async () => {
    broker.on(apiVersions, () => versionsAnswer([{ ...metadata, maxVersion: 5 }]));
    const opened = await open();
    await opened.send(metadata, asked);
    expect(broker.seen.at(-1)).toMatchObject({ api: "Metadata", version: 5 });
    await expect(opened.send(initProducerId, { transactionalId: null, transactionTimeoutMs: 1 })).rejects.toMatchObject(
      {
        name: "UNSUPPORTED_VERSION",
      },
    );
  });

  it("sends requests without waiting for answers, and takes the answers in order", async () => {
    broker.topics.set("t", 1);
    const opened = await open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => opened.send(metadata, asked)));
    expect(answers.every(({ topics }) => topics[0]?.name === "t")).toBe(true);
    expect(opened.inFlight).toBe(0);
  });

  it("is given up when an answer does not come, and all that waits behind fails with it", async () => {
    const opened = await open(50);
    broker.on(metadata, () => "silence");
    const results = await Promise.allSettled([opened.send(metadata, asked), opened.send(metadata, asked)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(results[0]).toMatchObject({ reason: { name: "ConnectionLost" } });
    expect(opened.isOpen).toBe(false);
  });

  it("tells those who wait when the broker cuts it", async () => {
    const opened = await open();
    broker.on(metadata, () => "cut");
    await expect(opened.send(metadata, asked)).rejects.toMatchObject({ name: "ConnectionLost" });
    await expect(opened.send(metadata, asked)).rejects.toMatchObject({ name: "ConnectionLost" });
  });

  it("leaves a request alone whose caller has gone, and goes on with the next", async () => {
    const opened = await open();
    const leaving = new AbortController();
    const left = opened.send(metadata, asked, { signal: leaving.signal });
    leaving.abort();
    await expect(left).rejects.toMatchObject({ name: "Aborted" });
    await expect(opened.send(metadata, asked)).resolves.toMatchObject({ clusterId: "fake" });
  });

  it("names the address and the reason when nobody listens", async () => {
    const port = await freePort();
    const options = { host: "127.0.0.1", port, clientId: "spec", clock: systemClock };
    await expect(
      Connection.open({ ...options, connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 }),
    ).rejects.toMatchObject({
      name: "BrokerUnreachable",
      message: `127.0.0.1:${port} cannot be reached (ECONNREFUSED)`,
    });
  });

  it("says so when what listens is no broker", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const options = { host: "127.0.0.1", port, clientId: "spec", clock: systemClock };
    await expect(Connection.open({ ...options, connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 })).rejects.toThrow(
      /does not answer as a broker/,
    );
    server.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
