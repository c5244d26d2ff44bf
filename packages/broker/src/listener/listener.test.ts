import { connect, type Socket } from "node:net";
import {
  type Api,
  apiVersions,
  decodeResponse,
  describeCluster,
  encodeRequestFrame,
  FrameSplitter,
  metadata,
  produce,
} from "@ottla/protocol";
import { InvariantViolation, type Logger, SimulatedClock, silentLogger, systemClock } from "@ottla/runtime";
import { apiVersionsHandler } from "../handlers/api-versions";
import { CLOSE_CONNECTION, type Handler, handles, NO_RESPONSE, type RequestContext } from "../handlers/handler";
import type { BrokerServices } from "../services";
import { ConnectionLimits } from "./connection-limits";
import { FrameMemory } from "./frame-memory";
import { Listener, type ListenerOptions, ListenFailed } from "./listener";

const INT_MAX = 2 ** 31 - 1;

/** A handler whose answers the spec gives by hand: Metadata, which waits for its turn, or Produce, which overlaps. */
class Held {
  readonly started: number[] = [];
  readonly contexts: RequestContext[] = [];
  private readonly answers = new Map<number, () => void>();
  readonly handler: Handler;

  constructor(which: "produce" | "metadata", admit?: (context: RequestContext) => Promise<void> | null) {
    const begin = <T>(context: RequestContext, answer: T): Promise<T> => {
      this.started.push(context.header.correlationId);
      this.contexts.push(context);
      return new Promise((resolve) => this.answers.set(context.header.correlationId, () => resolve(answer)));
    };
    this.handler =
      which === "produce"
        ? handles(
            produce,
            [0, 11],
            (_, context) => begin(context, { responses: [] }),
            admit === undefined ? { overlaps: true } : { overlaps: true, admit: (_, context) => admit(context) },
          )
        : handles(metadata, [0, 12], (_, context) =>
            begin(context, { brokers: [], topics: [], clusterId: null, controllerId: -1 }),
          );
  }

  answer(correlationId: number): void {
    this.answers.get(correlationId)?.();
  }
}

const noServices = {} as BrokerServices;
const immediately = handles(describeCluster, [0, 1], () => ({
  throttleTimeMs: 0,
  errorCode: "NONE",
  clusterId: "c",
  brokers: [],
}));

interface Setup extends Partial<ListenerOptions> {
  readonly handlers?: readonly Handler[];
  readonly served?: boolean;
}

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function listenerWith(setup: Setup = {}): Promise<Listener> {
  const handlers = setup.handlers ?? [immediately];
  const listener = await Listener.bind({
    address: { name: "PLAINTEXT", host: "127.0.0.1", port: 0 },
    backlog: 50,
    limits: new ConnectionLimits(() => ({ connectionsMax: INT_MAX, perAddressMax: INT_MAX, perAddressOverrides: "" })),
    memory: new FrameMemory(64 * 1024 * 1024, systemClock),
    requestBytesMax: 1024 * 1024,
    idleMsMax: 0,
    clock: systemClock,
    logger: silentLogger,
    onFatal: () => {},
    ...setup,
  });
  const table: Handler[] = [...handlers, apiVersionsHandler(() => table)];
  if (setup.served !== false) listener.serve(noServices, table);
  opened.push(listener);
  return listener;
}

/** A client that speaks in bytes. */
class Client {
  readonly frames: Buffer[] = [];
  closed = false;
  private readonly splitter = new FrameSplitter({ frameSizeBytesMax: INT_MAX });

  private constructor(readonly socket: Socket) {
    socket.on("data", (chunk) => this.frames.push(...this.splitter.push(Buffer.from(chunk)).frames));
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", () => {
      // A reset is a close too.
    });
  }

  static async of(listener: Listener): Promise<Client> {
    const socket = connect({ port: listener.port, host: "127.0.0.1", noDelay: true });
    await new Promise((resolve) => socket.once("connect", resolve));
    const client = new Client(socket);
    opened.push({ close: () => void socket.destroy() });
    return client;
  }

  send<A extends Api>(api: A, version: number, correlationId: number, request: object): void {
    this.socket.write(
      Buffer.concat(encodeRequestFrame(api, version, { correlationId, clientId: "spec" }, request as never)),
    );
  }

  produce(correlationId: number, payloadBytes = 0): void {
    const topicData =
      payloadBytes === 0 ? [] : [{ name: "t", partitionData: [{ index: 0, records: [Buffer.alloc(payloadBytes)] }] }];
    this.send(produce, 7, correlationId, { acks: 1, timeoutMs: 1000, topicData });
  }

  describeCluster(correlationId: number): void {
    this.send(describeCluster, 1, correlationId, { includeClusterAuthorizedOperations: false });
  }

  metadata(correlationId: number): void {
    this.send(metadata, 1, correlationId, { topics: [] });
  }

  get correlationIds(): number[] {
    return this.frames.map((frame) => frame.readInt32BE(0));
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 5000;
  while (!condition()) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets everything that could happen by now happen: a full exchange over another connection of the same loop. */
async function quietly(listener: Listener): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const other = await Client.of(listener);
    other.send(apiVersions, 0, 1, {});
    await until("an answer to somebody else", () => other.frames.length === 1);
    other.socket.destroy();
  }
}

/** Waits until a figure has stopped changing. */
async function untilStill(listener: Listener, figure: () => number): Promise<void> {
  for (let same = 0, last = -1; same < 10; last = figure()) {
    await quietly(listener);
    same = figure() === last ? same + 1 : 0;
  }
}

describe("requests of one connection", () => {
  it("are answered in the order in which they came, whichever is done first", async () => {
    const held = new Held("produce");
    const client = await Client.of(await listenerWith({ handlers: [held.handler] }));
    for (const id of [1, 2, 3]) client.produce(id);
    await until("all three are started", () => held.started.length === 3);
    held.answer(3);
    held.answer(2);
    held.answer(1);
    await until("three answers", () => client.frames.length === 3);
    expect(client.correlationIds).toEqual([1, 2, 3]);
  });

  it("let a Produce start while earlier Produces wait, and nothing else (rule 36)", async () => {
    const held = new Held("produce");
    const listener = await listenerWith({ handlers: [held.handler, immediately] });
    const client = await Client.of(listener);
    client.produce(1);
    client.produce(2);
    client.describeCluster(3);
    client.produce(4);
    await until("two are started", () => held.started.length === 2);
    await quietly(listener);
    expect(held.started).toEqual([1, 2]);
    held.answer(1);
    held.answer(2);
    await until("the third is answered and the fourth started", () => held.started.length === 3);
    held.answer(4);
    await until("four answers", () => client.frames.length === 4);
    expect(client.correlationIds).toEqual([1, 2, 3, 4]);
  });

  it("wait behind any other that is not answered", async () => {
    const slow = new Held("metadata");
    const fast = new Held("produce");
    const listener = await listenerWith({ handlers: [slow.handler, fast.handler] });
    const client = await Client.of(listener);
    client.metadata(1);
    client.produce(2);
    await until("the first is started", () => slow.started.length === 1);
    await quietly(listener);
    expect(fast.started).toEqual([]);
    slow.answer(1);
    await until("the second is started", () => fast.started.length === 1);
  });

  it("wait for admission, and are asked again (rule 37)", async () => {
    let admit: () => void = () => {};
    let asked = 0;
    const held = new Held("produce", () => {
      asked++;
      return asked === 2 ? new Promise((resolve) => (admit = resolve)) : null;
    });
    const listener = await listenerWith({ handlers: [held.handler] });
    const client = await Client.of(listener);
    client.produce(1);
    client.produce(2);
    await until("the second is asked for", () => asked === 2);
    await quietly(listener);
    expect(held.started).toEqual([1]);
    admit();
    await until("the second is started", () => held.started.length === 2);
    expect(asked).toBe(3);
  });

  it("come through in any cutting of the bytes", async () => {
    const listener = await listenerWith();
    const client = await Client.of(listener);
    const bytes = Buffer.concat(
      [1, 2].flatMap((correlationId) =>
        encodeRequestFrame(
          describeCluster,
          1,
          { correlationId, clientId: "x" },
          { includeClusterAuthorizedOperations: false },
        ),
      ),
    );
    for (const byte of bytes) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until("two answers", () => client.frames.length === 2);
    expect(client.correlationIds).toEqual([1, 2]);
  });

  it("get their answers even when the client has shut down its sending side", async () => {
    const held = new Held("produce");
    const client = await Client.of(await listenerWith({ handlers: [held.handler] }));
    client.produce(1);
    client.socket.end();
    await until("it is started", () => held.started.length === 1);
    held.answer(1);
    await until("the connection ends", () => client.closed);
    expect(client.correlationIds).toEqual([1]);
  });
});

describe("a request that cannot be served", () => {
  it.each([
    ["a negative size", Buffer.from("ffffffff", "hex")],
    ["a size beyond socket.request.max.bytes", Buffer.from("7fffffff", "hex")],
    ["an unknown API", Buffer.from("0000000a" + "03e7" + "0000" + "00000001" + "ffff", "hex")],
    ["an unsupported version", Buffer.from("0000000a" + "003c" + "0063" + "00000001" + "ffff", "hex")],
    ["a body that does not parse", Buffer.from("0000000c" + "003c" + "0000" + "00000001" + "0001" + "6100", "hex")],
    ["no header", Buffer.from("00000001" + "00", "hex")],
    ["text of another protocol", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
  ])("closes the connection: %s", async (_, bytes) => {
    const client = await Client.of(await listenerWith());
    client.socket.write(bytes);
    await until("the connection ends", () => client.closed);
    expect(client.frames).toEqual([]);
  });

  it("is answered in version 0 when it is an ApiVersions of the future, and the connection lives on", async () => {
    const client = await Client.of(await listenerWith());
    client.socket.write(Buffer.from("0000000c" + "0012" + "0063" + "00000007" + "ffff" + "0000", "hex"));
    await until("an answer", () => client.frames.length === 1);
    const { correlationId, response } = decodeResponse(apiVersions, 0, client.frames[0]!);
    expect(correlationId).toBe(7);
    expect(response).toMatchObject({
      errorCode: "UNSUPPORTED_VERSION",
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    });
    client.describeCluster(8);
    await until("another answer", () => client.frames.length === 2);
  });

  it("is told UNKNOWN_SERVER_ERROR when its handler breaks down", async () => {
    const broken = handles(describeCluster, [0, 1], () => Promise.reject(new Error("no")));
    const client = await Client.of(await listenerWith({ handlers: [broken] }));
    client.describeCluster(1);
    await until("an answer", () => client.frames.length === 1);
    expect(decodeResponse(describeCluster, 1, client.frames[0]!).response.errorCode).toBe("UNKNOWN_SERVER_ERROR");
  });

  it("stops the process when it uncovers a bug of ours", async () => {
    const fatal: Error[] = [];
    const broken = handles(describeCluster, [0, 1], () => {
      throw new InvariantViolation("two leaders");
    });
    const client = await Client.of(await listenerWith({ handlers: [broken], onFatal: (error) => fatal.push(error) }));
    client.describeCluster(1);
    await until("the process is told", () => fatal.length === 1);
  });

  it("fills the log with one line for each cause, however often it comes", async () => {
    const lines: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void lines.push(message), with: () => logger };
    const listener = await listenerWith({ logger });
    for (let i = 0; i < 5; i++) {
      const client = await Client.of(listener);
      client.socket.write(Buffer.from("ffffffff", "hex"));
      await until("the connection ends", () => client.closed);
    }
    expect(lines).toEqual(["connection closed: negative request size"]);
  });
});

describe("a Produce with acks=0", () => {
  it("has no answer, and the next request's comes as if it had not been there", async () => {
    const silent = handles(produce, [0, 11], () => NO_RESPONSE, { overlaps: true });
    const client = await Client.of(await listenerWith({ handlers: [silent, immediately] }));
    client.produce(1);
    client.describeCluster(2);
    await until("an answer", () => client.frames.length === 1);
    expect(client.correlationIds).toEqual([2]);
  });

  it("closes the connection when it fails, after the answers before it", async () => {
    const held = new Held("produce");
    let first = true;
    const failing = handles(
      produce,
      [0, 11],
      (request, context) => {
        if (!first) return CLOSE_CONNECTION;
        first = false;
        return held.handler.handle(request, context) as Promise<{ responses: [] }>;
      },
      { overlaps: true },
    );
    const client = await Client.of(await listenerWith({ handlers: [failing] }));
    client.produce(1);
    client.produce(2);
    await until("the first is started", () => held.started.length === 1);
    held.answer(1);
    await until("the connection ends", () => client.closed);
    expect(client.correlationIds).toEqual([1]);
  });
});

describe("a client that sends faster than it can be served", () => {
  it("is not read beyond 8 MiB of unanswered requests, and is again once they are answered", async () => {
    const held = new Held("produce");
    const memory = new FrameMemory(1024 * 1024 * 1024, systemClock);
    const listener = await listenerWith({ handlers: [held.handler], memory });
    const client = await Client.of(listener);
    const requests = 40;
    for (let id = 1; id <= requests; id++) client.produce(id, 512 * 1024);
    await untilStill(listener, () => memory.heldBytes);
    expect(memory.heldBytes).toBeGreaterThan(8 * 1024 * 1024);
    expect(memory.heldBytes).toBeLessThan(12 * 1024 * 1024);
    expect(held.started.length).toBeLessThan(requests);
    for (let id = 1; id <= requests; id++) {
      await until(`request ${id} is started`, () => held.started.includes(id));
      held.answer(id);
    }
    await until("every answer", () => client.frames.length === requests);
    expect(client.correlationIds).toEqual(Array.from({ length: requests }, (_, i) => i + 1));
    await until("nothing is held", () => memory.heldBytes === 0);
  });

  it("is not read beyond 100 unanswered requests", async () => {
    const held = new Held("produce");
    const listener = await listenerWith({ handlers: [held.handler] });
    const client = await Client.of(listener);
    for (let id = 1; id <= 400; id++) {
      client.produce(id);
      // So that they arrive in chunks of their own.
      if (id % 50 === 0) await quietly(listener);
    }
    await untilStill(listener, () => held.started.length);
    expect(held.started.length).toBeGreaterThan(100);
    expect(held.started.length).toBeLessThan(200);
  });

  it("does not make answers pile up that it does not read", async () => {
    const answerBytes = 30_000;
    // More than the kernel takes for a client that does not read.
    const requests = 4000;
    let started = 0;
    let released = 0;
    const large = handles(describeCluster, [0, 1], (_, context) => {
      started++;
      context.afterAnswer(() => released++);
      return {
        throttleTimeMs: 0,
        errorCode: "NONE",
        clusterId: "c".repeat(answerBytes),
        brokers: [],
        errorMessage: null,
      };
    });
    const listener = await listenerWith({ handlers: [large] });
    const client = await Client.of(listener);
    client.socket.pause();
    for (let id = 1; id <= requests; id++) client.describeCluster(id);
    await until("answers are under way", () => started > 0);
    await untilStill(listener, () => started);
    expect(started).toBeLessThan(requests);
    client.socket.resume();
    await until("every answer", () => client.frames.length === requests);
    await until("every answer's memory is let go", () => released === requests);
  });
});

describe("many clients that announce much and send little", () => {
  it("cost what they sent, not what they announced", async () => {
    const memory = new FrameMemory(64 * 1024 * 1024, systemClock);
    const listener = await listenerWith({ memory, requestBytesMax: 100 * 1024 * 1024 });
    for (let i = 0; i < 100; i++) {
      const client = await Client.of(listener);
      client.socket.write(Buffer.concat([Buffer.from("06000000", "hex"), Buffer.alloc(1000)]));
    }
    await until("all have begun", () => memory.heldBytes >= 100 * 1000);
    expect(memory.heldBytes).toBeLessThan(100 * 128 * 1024);
  });

  it("stay within the bound for all of them, and each gets served in the end", async () => {
    const memory = new FrameMemory(1024 * 1024, systemClock);
    const listener = await listenerWith({ memory, handlers: [handles(produce, [0, 11], () => ({ responses: [] }))] });
    const clients = await Promise.all(Array.from({ length: 8 }, () => Client.of(listener)));
    let most = 0;
    for (const [i, client] of clients.entries()) client.produce(i, 500 * 1024);
    await until("every answer", () => {
      most = Math.max(most, memory.heldBytes);
      return clients.every(({ frames }) => frames.length === 1);
    });
    expect(most).toBeLessThan(3 * 1024 * 1024);
    expect(memory.heldBytes).toBe(0);
  });
});

describe("a client that stops in the middle of a request while others wait for memory", () => {
  it("is cut off, the others are served, and the log says so", async () => {
    const clock = new SimulatedClock();
    const memory = new FrameMemory(1024 * 1024, clock);
    const warned: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warned.push(message) };
    const handlers = [handles(produce, [0, 11], () => ({ responses: [] }))];
    const listener = await listenerWith({ memory, handlers, logger, requestBytesMax: 4 * 1024 * 1024 });
    const stopping = await Client.of(listener);
    stopping.socket.write(Buffer.concat([Buffer.from("00300000", "hex"), Buffer.alloc(600 * 1024)]));
    // Memory for a request this large doubles: more than half a MiB has come, and what is still to come is less than a span's least.
    await until("it has begun", () => memory.heldBytes >= 1024 * 1024);
    const clients = await Promise.all(Array.from({ length: 4 }, () => Client.of(listener)));
    for (const [i, client] of clients.entries()) client.produce(i, 500 * 1024);
    await until("the bound is passed", () => memory.heldBytes > 1024 * 1024);
    await untilStill(listener, () => memory.heldBytes);
    expect(clients.every(({ frames }) => frames.length === 0)).toBe(true);
    clock.advance(2000);
    await until("every answer", () => clients.every(({ frames }) => frames.length === 1));
    await until("the first is closed", () => stopping.closed);
    expect(warned).toEqual([expect.stringContaining("too slow")]);
  });
});

describe("limits on connections", () => {
  it("close one too many from the same address, and let go of the place when one leaves", async () => {
    const limits = new ConnectionLimits(() => ({ connectionsMax: 10, perAddressMax: 2, perAddressOverrides: "" }));
    const listener = await listenerWith({ limits });
    const first = await Client.of(listener);
    await Client.of(listener);
    const third = await Client.of(listener);
    await until("the third is closed", () => third.closed);
    first.socket.destroy();
    await until("the place is free", () => limits.connections === 1);
    const fourth = await Client.of(listener);
    fourth.describeCluster(1);
    await until("it is served", () => fourth.frames.length === 1);
  });

  it("may differ for an address", () => {
    const limits = new ConnectionLimits(() => ({
      connectionsMax: 10,
      perAddressMax: 0,
      perAddressOverrides: "10.0.0.1:1, localhost:2",
    }));
    expect(limits.admit("::ffff:10.0.0.1")).toBeNull();
    expect(limits.admit("10.0.0.1")).toBe("max.connections.per.ip");
    expect(limits.admit("127.0.0.1")).toBeNull();
    expect(limits.admit("10.0.0.2")).toBe("max.connections.per.ip");
  });

  it("end connections that say nothing for connections.max.idle.ms", async () => {
    const listener = await listenerWith({ idleMsMax: 40 });
    const client = await Client.of(listener);
    await until("the connection ends", () => client.closed);
  });
});

describe("a listener", () => {
  it("says which listener and port are taken, and why", async () => {
    const { port } = await listenerWith();
    const taken = listenerWith({ address: { name: "PLAINTEXT", host: "127.0.0.1", port } });
    await expect(taken).rejects.toThrow(ListenFailed);
    await expect(taken).rejects.toThrow(
      `listener PLAINTEXT cannot listen on 127.0.0.1, port ${port}: another process listens there (EADDRINUSE)`,
    );
  });

  it("says so when the machine does not have the address", async () => {
    const strange = listenerWith({ address: { name: "OUT", host: "203.0.113.7", port: 0 } });
    await expect(strange).rejects.toThrow(
      "listener OUT cannot listen on 203.0.113.7, port 0: this machine has no such address",
    );
  });

  it("keeps early clients waiting until the broker is ready", async () => {
    const listener = await listenerWith({ served: false });
    const client = await Client.of(listener);
    client.describeCluster(1);
    await until("it is accepted", () => listener.connectionCount === 1);
    expect(client.frames).toEqual([]);
    listener.serve(noServices, [immediately]);
    await until("an answer", () => client.frames.length === 1);
  });

  it("answers what has come before it closes, and tells nobody anything afterwards", async () => {
    const held = new Held("produce");
    const listener = await listenerWith({ handlers: [held.handler] });
    const client = await Client.of(listener);
    client.produce(1);
    await until("it is started", () => held.started.length === 1);
    const closed = listener.close(5000);
    held.answer(1);
    await closed;
    await until("the connection ends", () => client.closed);
    expect(client.correlationIds).toEqual([1]);
  });

  it("cuts who is not done when its grace is over, and tells the handler", async () => {
    const held = new Held("produce");
    const listener = await listenerWith({ handlers: [held.handler] });
    const client = await Client.of(listener);
    client.produce(1);
    await until("it is started", () => held.started.length === 1);
    await listener.close(20);
    expect(held.contexts[0]?.signal.aborted).toBe(true);
    await until("the connection ends", () => client.closed);
  });
});
