import { createHash } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { silentLogger, systemClock } from "@ottla/runtime";
import {
  type ClusterServer,
  type ClusterServices,
  type ClusterTransport,
  type DuplexStream,
  grpcTransport,
  type Identity,
  InProcessNetwork,
  type Push,
  type StreamEnd,
  type TransportLimits,
} from ".";
import type { Address } from "./port";
import { RecordedServices } from "./testing/recorded-services";
import { TcpProxy } from "./testing/tcp-proxy";
import { until } from "./testing/until";

/** Short times, so that half-dead peers cost specs little. */
const limits: Partial<TransportLimits> = {
  dialTimeoutMs: 800,
  keepaliveTimeMs: 400,
  keepaliveTimeoutMs: 600,
  lingerMs: 300,
  sendBufferBytes: 256 * 1024,
};

/** Two processes, "a" that serves and "b" that dials, and what can happen to the path between them. */
interface World {
  readonly a: ClusterTransport;
  readonly b: ClusterTransport;
  /** The address at which b reaches what a serves at `port`. */
  route(port: number): Promise<Address>;
  /** The path falls silent: packets vanish both ways. */
  stall(): void;
  /** Connections break as when a's process dies. */
  die(): void;
  /** An address where nobody listens. */
  nowhere(): Promise<Address>;
  close(): Promise<void>;
}

const worlds: Record<string, () => World> = {
  gRPC: () => {
    const proxies: TcpProxy[] = [];
    return {
      a: grpcTransport({ clock: systemClock, logger: silentLogger, limits }),
      b: grpcTransport({ clock: systemClock, logger: silentLogger, limits }),
      route: async (port) => {
        const proxy = await TcpProxy.to({ host: "127.0.0.1", port });
        proxies.push(proxy);
        return proxy.address;
      },
      stall: () => proxies.forEach((proxy) => proxy.stall()),
      die: () => proxies.forEach((proxy) => proxy.cut()),
      nowhere: async () => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        await new Promise<void>((resolve) => server.close(() => resolve()));
        return { host: "127.0.0.1", port };
      },
      close: async () => {
        for (const proxy of proxies) await proxy.close();
      },
    };
  },
  "in process": () => {
    const network = new InProcessNetwork({ clock: systemClock, logger: silentLogger, limits });
    return {
      a: network.transport("a"),
      b: network.transport("b"),
      route: (port) => Promise.resolve({ host: "127.0.0.1", port }),
      stall: () => network.isolate("a", ["b"]),
      die: () => network.kill("a"),
      nowhere: () => Promise.resolve({ host: "127.0.0.1", port: 1 }),
      close: () => Promise.resolve(),
    };
  },
};

const ANY_PORT: Address = { host: "127.0.0.1", port: 0 };

const identity: Identity = {
  brokerId: 3,
  brokerEpoch: 2n ** 61n + 1n,
  incarnation: "inc-3",
  directoryIds: ["dir-1", "dir-2"],
  controllerEpoch: null,
};

jest.setTimeout(30_000);

describe.each(Object.keys(worlds))("the port between brokers, %s", (kind) => {
  let world: World;
  let recorded: RecordedServices;
  const servers: ClusterServer[] = [];
  const closables: { close(): void }[] = [];

  beforeEach(() => {
    world = (worlds[kind] as () => World)();
    recorded = new RecordedServices({ identity: () => Promise.resolve(identity) });
  });

  afterEach(async () => {
    for (const closable of closables.splice(0)) closable.close();
    for (const server of servers.splice(0)) await server.close();
    await world.close();
  });

  async function serve(services: ClusterServices = recorded.services): Promise<Address> {
    const server = await world.a.serve(ANY_PORT, services);
    servers.push(server);
    return world.route(server.port);
  }

  function connect(address: Address) {
    const peer = world.b.connect(address);
    closables.push(peer);
    return peer;
  }

  /** A replication stream, both ends, with what arrived and how each ended. */
  async function replication() {
    const peer = connect(await serve());
    const follower = watched(peer.replicate());
    const leader = watched(await until("the stream's arrival", () => recorded.replications[0]));
    return { peer, follower, leader };
  }

  describe("a call", () => {
    it("brings the reply, with every bit of a broker epoch", async () => {
      const peer = connect(await serve());
      expect(await peer.identity({}, { deadlineMs: 2_000 })).toEqual(identity);
    });

    it("is aborted by its deadline, and the server is told", async () => {
      let told = false;
      const peer = connect(
        await serve(
          new RecordedServices({
            identity: (_, { signal }) =>
              new Promise((_resolve, reject) => {
                signal.addEventListener("abort", () => {
                  told = true;
                  reject(new Error("nobody waits any more"));
                });
              }),
          }).services,
        ),
      );
      await expect(peer.identity({}, { deadlineMs: 50 })).rejects.toMatchObject({ failure: "deadline" });
      await until("the server's knowledge of it", () => told);
    });

    it("is aborted by its signal, and the server is told", async () => {
      let told = false;
      let asked = false;
      const peer = connect(
        await serve(
          new RecordedServices({
            identity: (_, { signal }) =>
              new Promise((_resolve, reject) => {
                asked = true;
                signal.addEventListener("abort", () => {
                  told = true;
                  reject(new Error("nobody waits any more"));
                });
              }),
          }).services,
        ),
      );
      const abort = new AbortController();
      const call = peer.identity({}, { deadlineMs: 5_000, signal: abort.signal });
      const refused = expect(call).rejects.toMatchObject({ failure: "aborted" });
      await until("the question's arrival", () => asked);
      abort.abort();
      await refused;
      await until("the server's knowledge of it", () => told);
      await expect(peer.identity({}, { deadlineMs: 5_000, signal: abort.signal })).rejects.toMatchObject({
        failure: "aborted",
      });
    });

    it("fails as unavailable where nobody listens, at once and again", async () => {
      const peer = connect(await world.nowhere());
      const before = systemClock.monotonicMs();
      for (let i = 0; i < 5; i++)
        await expect(peer.identity({}, { deadlineMs: 5_000 })).rejects.toMatchObject({ failure: "unavailable" });
      expect(systemClock.monotonicMs() - before).toBeLessThan(2_000);
    });

    it("fails as unavailable when the connection breaks under it", async () => {
      let asked = false;
      const peer = connect(
        await serve(
          new RecordedServices({
            identity: () => {
              asked = true;
              return new Promise(() => undefined);
            },
          }).services,
        ),
      );
      const refused = expect(peer.identity({}, { deadlineMs: 5_000 })).rejects.toMatchObject({
        failure: "unavailable",
      });
      await until("the question's arrival", () => asked);
      world.die();
      await refused;
    });

    it("reaches a server that was not there a moment ago", async () => {
      const server = await world.a.serve(ANY_PORT, recorded.services);
      const address = { host: "127.0.0.1", port: server.port };
      const peer = connect(address);
      await peer.identity({}, { deadlineMs: 2_000 });
      await server.close();
      await expect(peer.identity({}, { deadlineMs: 2_000 })).rejects.toMatchObject({ failure: "unavailable" });
      servers.push(await world.a.serve(address, recorded.services));
      expect(await peer.identity({}, { deadlineMs: 2_000 })).toEqual(identity);
    });

    it("fails as internal when the other side throws", async () => {
      const peer = connect(await serve());
      await expect(peer.epochEnd({ partitions: [] }, { deadlineMs: 2_000 })).rejects.toMatchObject({
        failure: "internal",
        what: "epochEnd",
      });
    });

    it("is aborted when its peer object is closed, as are all later ones", async () => {
      let asked = false;
      const peer = connect(
        await serve(
          new RecordedServices({
            identity: () => {
              asked = true;
              return new Promise(() => undefined);
            },
          }).services,
        ),
      );
      const refused = expect(peer.identity({}, { deadlineMs: 5_000 })).rejects.toMatchObject({ failure: "aborted" });
      await until("the question's arrival", () => asked);
      peer.close();
      await refused;
      await expect(peer.identity({}, { deadlineMs: 5_000 })).rejects.toMatchObject({ failure: "aborted" });
    });

    it("goes on beside fifty others", async () => {
      const peer = connect(
        await serve(
          new RecordedServices({
            logEnds: ({ partitions }) =>
              Promise.resolve({
                partitions: partitions.map((partition) => ({
                  ...partition,
                  error: "NONE" as const,
                  lastEpoch: 1,
                  logEndOffset: partition.partition * 10,
                  logStartOffset: 0,
                })),
              }),
          }).services,
        ),
      );
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, partition) =>
          peer.logEnds({ partitions: [{ topicId: "t", partition }] }, { deadlineMs: 5_000 }),
        ),
      );
      expect(replies.map((reply) => reply.partitions[0]?.logEndOffset)).toEqual(
        Array.from({ length: 50 }, (_, partition) => partition * 10),
      );
    });
  });

  describe("a stream", () => {
    it("delivers both directions whole and in order", async () => {
      const { follower, leader } = await replication();
      for (let i = 0; i < 500; i++) {
        follower.stream.send({ kind: "ack", partitions: [ack(i)] });
        leader.stream.send({ kind: "progress", partitions: [{ ...ack(i), highWatermark: i }] });
      }
      await until("all acks", () => leader.messages.length === 500);
      await until("all progress", () => follower.messages.length === 500);
      expect(leader.messages.map((m) => m.kind === "ack" && m.partitions[0]?.endOffset)).toEqual(numbers(500));
      expect(follower.messages.map((m) => m.kind === "progress" && m.partitions[0]?.highWatermark)).toEqual(
        numbers(500),
      );
    });

    it("keeps what arrives before a listener is set", async () => {
      const peer = connect(await serve());
      const follower = peer.replicate();
      const stream = await until("the stream's arrival", () => recorded.replications[0]);
      follower.onEnd(() => undefined);
      stream.send({ kind: "welcome", brokerId: 1, brokerEpoch: 5n, incarnation: "i" });
      follower.send({ kind: "hello", brokerId: 2, brokerEpoch: 2n ** 63n + 1n, incarnation: "j", expectedLeaderId: 1 });
      const leader = watched(stream);
      await until("the hello", () => leader.messages.length === 1);
      expect(watched(follower).messages).toEqual([]);
      const late = watched(follower);
      await until("the welcome", () => late.messages.length === 1);
      expect(leader.messages).toEqual([
        { kind: "hello", brokerId: 2, brokerEpoch: 2n ** 63n + 1n, incarnation: "j", expectedLeaderId: 1 },
      ]);
      expect(late.messages).toEqual([{ kind: "welcome", brokerId: 1, brokerEpoch: 5n, incarnation: "i" }]);
    });

    it("carries a batch of 1 MB unchanged, whether it lies in one piece or in many", async () => {
      const { follower, leader } = await replication();
      const records = pattern(1024 * 1024);
      const pieces = [records.subarray(0, 1), records.subarray(1, 70_000), records.subarray(70_000)];
      leader.stream.send({ kind: "push", partitions: [push(0, records), push(1, pieces)] });
      const message = await until("the push", () => follower.messages[0]);
      expect(message.kind === "push" && message.partitions.map((p) => [p.from, sha(p.records)])).toEqual([
        [0, sha(records)],
        [1, sha(records)],
      ]);
    });

    it("pushes back: send says false when much waits, and drain comes when there is room", async () => {
      const { follower, leader } = await replication();
      const records = pattern(64 * 1024);
      const total = 32;
      let sent = 0;
      let drains = 0;
      const fill = (): void => {
        while (sent < total) {
          const room = leader.stream.send({ kind: "push", partitions: [push(sent++, records)] });
          if (!room) return;
        }
      };
      leader.stream.onDrain(() => {
        drains++;
        fill();
      });
      fill();
      expect(sent).toBeLessThan(total);
      expect(leader.stream.bufferedBytes).toBeGreaterThan(256 * 1024);
      await until("all pushes", () => follower.messages.length === total);
      expect(drains).toBeGreaterThan(0);
      await until("an empty buffer", () => leader.stream.bufferedBytes === 0);
      expect(follower.messages.map((m) => m.kind === "push" && m.partitions[0]?.from)).toEqual(numbers(total));
    });

    it("carries many batches of 1 MB when 8 MB are on their way", async () => {
      const { follower, leader } = await replication();
      const records = pattern(1024 * 1024);
      for (let i = 0; i < 8; i++) leader.stream.send({ kind: "push", partitions: [push(i, records)] });
      await until("all pushes", () => follower.messages.length === 8);
      expect(new Set(follower.messages.map((m) => m.kind === "push" && sha(m.partitions[0]?.records ?? "")))).toEqual(
        new Set([sha(records)]),
      );
    });

    it("runs beside others of the same peer, each with its own order", async () => {
      const peer = connect(await serve());
      const followers = numbers(8).map(() => watched(peer.replicate()));
      const session = watched(peer.session());
      const leaders = await until(
        "the streams' arrival",
        () => recorded.replications.length === 8 && recorded.replications,
      );
      const controller = await until("the session's arrival", () => recorded.sessions[0]);
      followers.forEach(({ stream }, id) =>
        stream.send({ kind: "hello", brokerId: id, brokerEpoch: 1n, incarnation: "i", expectedLeaderId: 0 }),
      );
      const ends = leaders.map((stream) => watched(stream));
      await until("all hellos", () => ends.every((end) => end.messages.length === 1));
      for (let i = 0; i < 50; i++)
        for (const end of ends) end.stream.send({ kind: "progress", partitions: [{ ...ack(i), highWatermark: i }] });
      controller.send({ kind: "pong", id: 1, controllerEpoch: 4 });
      await until("all progress", () => followers.every((end) => end.messages.length === 50));
      await until("the pong", () => session.messages.length === 1);
      for (const end of followers)
        expect(end.messages.map((m) => m.kind === "progress" && m.partitions[0]?.highWatermark)).toEqual(numbers(50));
    });
  });

  describe("the end of a stream", () => {
    it("arrives after what was sent before it, with its reason, when the follower closes", async () => {
      const { follower, leader } = await replication();
      follower.stream.send({ kind: "ack", partitions: [ack(1)] });
      follower.stream.close("enough");
      expect(follower.ends).toEqual([{ kind: "closed", detail: "enough" }]);
      await until("the end", () => leader.ends.length > 0);
      expect(leader.messages).toEqual([{ kind: "ack", partitions: [ack(1)] }]);
      expect(leader.ends).toEqual([{ kind: "closedByPeer", detail: "enough" }]);
    });

    it("arrives after what was sent before it, with its reason, when the leader closes", async () => {
      const { follower, leader } = await replication();
      leader.stream.send({ kind: "push", partitions: [push(0, Buffer.alloc(300_000, 1))] });
      leader.stream.close("shutting down");
      expect(leader.ends).toEqual([{ kind: "closed", detail: "shutting down" }]);
      await until("the end", () => follower.ends.length > 0);
      expect(follower.messages).toHaveLength(1);
      expect(follower.ends).toEqual([{ kind: "closedByPeer", detail: "shutting down" }]);
    });

    it("comes once, and what is sent after it is dropped", async () => {
      const { follower, leader } = await replication();
      follower.stream.close();
      follower.stream.close();
      expect(follower.stream.send({ kind: "ack", partitions: [ack(1)] })).toBe(false);
      await until("the end", () => leader.ends.length > 0);
      leader.stream.close();
      expect(leader.stream.send({ kind: "progress", partitions: [] })).toBe(false);
      const late: StreamEnd[] = [];
      leader.stream.onEnd((end) => late.push(end));
      expect(late).toEqual([]);
      await until("the end, told to a late listener", () => late.length === 1);
      expect(leader.messages).toEqual([]);
      expect(follower.ends).toHaveLength(1);
      expect(leader.ends).toHaveLength(1);
    });

    it("is a break at both sides when the connection is destroyed", async () => {
      const { follower, leader } = await replication();
      world.die();
      await until("the follower's end", () => follower.ends.length > 0);
      await until("the leader's end", () => leader.ends.length > 0);
      expect([follower.ends[0]?.kind, leader.ends[0]?.kind]).toEqual(["broken", "broken"]);
    });

    it("is a break at both sides when the path falls silent, within the keepalive's time", async () => {
      const { follower, leader } = await replication();
      const before = systemClock.monotonicMs();
      world.stall();
      await until("the follower's end", () => follower.ends.length > 0);
      await until("the leader's end", () => leader.ends.length > 0);
      expect([follower.ends[0]?.kind, leader.ends[0]?.kind]).toEqual(["broken", "broken"]);
      expect(systemClock.monotonicMs() - before).toBeGreaterThan(100);
    });

    it("does not come to a stream that is merely quiet", async () => {
      const { follower, leader } = await replication();
      const quietUntil = systemClock.monotonicMs() + 1_500;
      await until("the quiet time", () => systemClock.monotonicMs() > quietUntil);
      leader.stream.send({ kind: "progress", partitions: [] });
      await until("the progress", () => follower.messages.length === 1);
      expect([follower.ends, leader.ends]).toEqual([[], []]);
    });

    it("is a break, at once, where nobody listens", async () => {
      const peer = connect(await world.nowhere());
      const before = systemClock.monotonicMs();
      for (let i = 0; i < 3; i++) {
        const { ends, stream } = watched(peer.replicate());
        stream.send({ kind: "ack", partitions: [] });
        await until("the end", () => ends.length > 0);
        expect(ends[0]?.kind).toBe("broken");
      }
      expect(systemClock.monotonicMs() - before).toBeLessThan(750);
    });

    it("is a break, within the dial's time, where a connection is accepted and never answered", async () => {
      const address = await serve();
      world.stall();
      const { ends } = watched(connect(address).session());
      const before = systemClock.monotonicMs();
      await until("the end", () => ends.length > 0);
      expect(ends[0]?.kind).toBe("broken");
      expect(systemClock.monotonicMs() - before).toBeGreaterThan(300);
    });

    it("comes to a sender whose peer reads nothing more, full buffers or not", async () => {
      const { leader } = await replication();
      world.stall();
      const records = Buffer.alloc(1024 * 1024, 7);
      for (let i = 0; i < 20; i++) leader.stream.send({ kind: "push", partitions: [push(i, records)] });
      leader.stream.onDrain(() => undefined);
      await until("the end", () => leader.ends.length > 0);
      expect(leader.ends[0]?.kind).toBe("broken");
    });

    it("comes to a sender that does not listen to back-pressure", async () => {
      const { leader } = await replication();
      world.stall();
      const records = Buffer.alloc(8 * 1024 * 1024, 7);
      for (let i = 0; i < 12; i++) leader.stream.send({ kind: "push", partitions: [push(i, records)] });
      await until("the end", () => leader.ends.length > 0);
      expect(leader.ends).toEqual([{ kind: "broken", detail: expect.stringContaining("wait to leave") }]);
    });

    it("is closed when the peer object is closed", async () => {
      const { peer, follower, leader } = await replication();
      peer.close();
      expect(follower.ends[0]?.kind).toBe("closed");
      await until("the leader's end", () => leader.ends.length > 0);
      expect(leader.ends[0]?.kind).toBe("closedByPeer");
      const after = watched(peer.replicate());
      await until("the end of what is opened after", () => after.ends.length > 0);
      expect(after.ends[0]?.kind).toBe("closed");
    });

    it("passes on a listener's own failure to nobody but its process, and not to the services", async () => {
      recorded.onReplicate = () => {
        throw new Error("not accepted");
      };
      const peer = connect(await serve());
      const follower = watched(peer.replicate());
      await until("the end", () => follower.ends.length > 0);
      expect(follower.ends[0]?.kind).toBe("closedByPeer");
    });
  });

  describe("a server that closes", () => {
    it("ends its streams as closed, answers nobody any more and frees its port", async () => {
      const server = await world.a.serve(ANY_PORT, recorded.services);
      const address = { host: "127.0.0.1", port: server.port };
      const peer = connect(address);
      const follower = watched(peer.replicate());
      const session = watched(peer.session());
      await until("the streams' arrival", () => recorded.replications.length + recorded.sessions.length === 2);
      await server.close();
      await server.close();
      await until("both ends", () => follower.ends.length + session.ends.length === 2);
      expect([follower.ends[0]?.kind, session.ends[0]?.kind]).toEqual(["closedByPeer", "closedByPeer"]);
      await expect(peer.identity({}, { deadlineMs: 2_000 })).rejects.toMatchObject({ failure: "unavailable" });
      servers.push(await world.a.serve(address, recorded.services));
      expect(await peer.identity({}, { deadlineMs: 2_000 })).toEqual(identity);
    });

    it("does not wait for a call that never ends", async () => {
      let asked = false;
      const server = await world.a.serve(
        ANY_PORT,
        new RecordedServices({
          identity: () => {
            asked = true;
            return new Promise(() => undefined);
          },
        }).services,
      );
      const peer = connect(await world.route(server.port));
      const refused = expect(peer.identity({}, { deadlineMs: 5_000 })).rejects.toMatchObject({
        name: "ClusterRpcError",
      });
      await until("the question's arrival", () => asked);
      const before = systemClock.monotonicMs();
      await server.close();
      expect(systemClock.monotonicMs() - before).toBeLessThan(1_500);
      peer.close();
      await refused;
    });

    it("refuses a port that is taken", async () => {
      const server = await world.a.serve(ANY_PORT, recorded.services);
      servers.push(server);
      await expect(world.b.serve({ host: "127.0.0.1", port: server.port }, recorded.services)).rejects.toMatchObject({
        name: "ClusterRpcError",
        failure: "unavailable",
      });
    });
  });
});

function watched<Out, In>(stream: DuplexStream<Out, In>) {
  const messages: In[] = [];
  const ends: StreamEnd[] = [];
  stream.onMessage((message) => messages.push(message));
  stream.onEnd((end) => ends.push(end));
  return { stream, messages, ends };
}

function ack(endOffset: number) {
  return { attachId: 1, leaderEpoch: 2, endOffset, logStartOffset: 0 };
}

function push(from: number, records: Push["records"]): Push {
  return { attachId: 1, leaderEpoch: 2, from, highWatermark: 0, logStartOffset: 0, records, credited: false };
}

/** Bytes that differ from place to place: no part stands for another. */
function pattern(bytes: number): Buffer {
  return Buffer.alloc(bytes, Buffer.from(Array.from({ length: 1009 }, (_, i) => (i * i) % 251)));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function sha(bytes: Uint8Array | string): string {
  return createHash("sha1").update(bytes).digest("hex");
}
