import { nodeSockets } from "./node-sockets";
import { SimulatedClock } from "./simulated-clock";
import { SimulatedNetwork } from "./simulated-network";
import { SimulatedProcess } from "./simulated-process";
import { SimulatedSockets } from "./simulated-sockets";
import type { Sockets, StreamServer, StreamSocket } from "./sockets";

interface World {
  readonly server: Sockets;
  readonly client: Sockets;
  readonly host: string;
  /** Lets a little time pass. */
  pass(): Promise<void>;
}

const worlds: readonly [name: string, make: () => World][] = [
  [
    "the operating system's",
    () => ({
      server: nodeSockets,
      client: nodeSockets,
      host: "127.0.0.1",
      pass: () => new Promise((resolve) => setTimeout(resolve, 1)),
    }),
  ],
  [
    "simulated",
    () => {
      const clock = new SimulatedClock();
      const network = new SimulatedNetwork({ clock, delayMs: 1 });
      for (const host of ["server", "client"]) network.addHost(host);
      const on = (node: string) => new SimulatedSockets(network, node, new SimulatedProcess(node, clock));
      return { server: on("server"), client: on("client"), host: "server", pass: () => clock.advanceAsync(1) };
    },
  ],
];

/** One end as a list of what it heard. */
class Ear {
  readonly heard: string[] = [];
  bytes = Buffer.alloc(0);

  constructor(readonly socket: StreamSocket) {
    socket.on("end", () => this.heard.push("end"));
    socket.on("drain", () => this.heard.push("drain"));
    socket.on("close", () => this.heard.push("close"));
    socket.on("error", (error) => this.heard.push(String((error as NodeJS.ErrnoException).code)));
  }

  read(): this {
    this.socket.on("data", (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
    });
    return this;
  }

  get text(): string {
    return this.bytes.toString();
  }
}

describe.each(worlds)("%s sockets", (_name, make) => {
  let world: World;
  let server: StreamServer | null = null;
  const sockets: StreamSocket[] = [];

  beforeEach(() => {
    world = make();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    const closing = server?.close();
    for (let i = 0; i < 5; i++) await world.pass();
    await closing;
    server = null;
  });

  async function until(what: string, isSo: () => boolean): Promise<void> {
    for (let round = 0; !isSo(); round++) {
      if (round > 5_000) throw new Error(`waited in vain until ${what}`);
      await world.pass();
    }
  }

  const listen = (onConnection: (socket: StreamSocket) => void, port = 0): Promise<StreamServer> =>
    world.server.listen({ host: world.host, port, backlog: 10, keepAliveDelayMs: 60_000 }, onConnection);

  async function linked(): Promise<{ here: Ear; there: Ear }> {
    let accepted: StreamSocket | null = null;
    server = await listen((socket) => {
      accepted = socket;
    });
    const socket = world.client.connect({ host: world.host, port: server.port });
    sockets.push(socket);
    const here = new Ear(socket);
    let connected = false;
    socket.once("connect", () => {
      connected = true;
    });
    await until("both are connected", () => connected && accepted !== null);
    sockets.push(accepted as unknown as StreamSocket);
    return { here, there: new Ear(accepted as unknown as StreamSocket) };
  }

  it("carry bytes both ways in order, and count them", async () => {
    const { here, there } = await linked();
    here.read();
    there.read();
    const taken: string[] = [];
    here.socket.cork();
    here.socket.write(Buffer.from("one "), () => taken.push("one"));
    here.socket.write(Buffer.from("two"), () => taken.push("two"));
    here.socket.uncork();
    there.socket.write(Buffer.from("three"));
    await until("all has come", () => there.text === "one two" && here.text === "three" && taken.length === 2);
    expect(taken).toEqual(["one", "two"]);
    expect([here.socket.bytesWritten, here.socket.bytesRead, here.socket.writableLength]).toEqual([7, 5, 0]);
    expect(there.socket.remotePort).toBeGreaterThan(0);
  });

  it("keep for a reader who comes late what came before", async () => {
    const { here, there } = await linked();
    here.socket.write(Buffer.from("early"));
    for (let i = 0; i < 5; i++) await world.pass();
    there.read();
    await until("it is read", () => there.text === "early");
  });

  it("make a writer wait whose reader rests, and say when there is room again", async () => {
    const { here, there } = await linked();
    there.read();
    there.socket.pause();
    expect(there.socket.isPaused()).toBe(true);
    const chunk = Buffer.alloc(256 * 1024, 7);
    let sent = 0;
    while (here.socket.writableLength < 4 * 1024 * 1024 && sent < 64 * 1024 * 1024) {
      here.socket.write(chunk);
      sent += chunk.length;
      await world.pass();
    }
    expect(here.socket.writableLength).toBeGreaterThan(0);
    const drainsBefore = here.heard.length;
    there.socket.resume();
    await until("all is read", () => there.bytes.length === sent);
    await until("the writer is told", () => here.heard.length > drainsBefore);
    expect(here.heard.at(-1)).toBe("drain");
  });

  it("end in order: what was written before the end still arrives, and an answer to it goes back", async () => {
    const { here, there } = await linked();
    here.read();
    there.read();
    here.socket.write(Buffer.from("last words"));
    here.socket.end();
    await until("the end is heard", () => there.heard.includes("end"));
    expect(there.text).toBe("last words");
    // The listening side may answer after the other one's end.
    there.socket.write(Buffer.from("farewell"));
    there.socket.destroySoon();
    await until("both are closed", () => here.heard.includes("close") && there.heard.includes("close"));
    expect([here.text, here.heard, there.heard]).toEqual(["farewell", ["end", "close"], ["end", "close"]]);
    expect([here.socket.destroyed, there.socket.destroyed]).toEqual([true, true]);
  });

  it("tell a reader of the end once the other side is gone", async () => {
    const { here, there } = await linked();
    here.read();
    there.socket.destroy();
    await until("it is heard", () => here.heard.includes("close"));
    expect(here.heard).toEqual(["end", "close"]);
  });

  it("say to a writer whose socket is gone that its bytes did not leave", async () => {
    const { here } = await linked();
    here.socket.destroy();
    let error: Error | null | undefined;
    here.socket.write(Buffer.from("in vain"), (failure) => {
      error = failure;
    });
    await until("it is told", () => error !== undefined);
    expect(error).toMatchObject({ code: "ERR_STREAM_DESTROYED" });
  });

  it("are refused where nobody listens", async () => {
    server = await listen(() => undefined);
    const { port } = server;
    await server.close();
    server = null;
    const socket = world.client.connect({ host: world.host, port });
    sockets.push(socket);
    const ear = new Ear(socket);
    await until("it is refused", () => ear.heard.includes("close"));
    expect(ear.heard).toEqual(["ECONNREFUSED", "close"]);
  });

  it("listen at an address once", async () => {
    server = await listen(() => undefined);
    await expect(listen(() => undefined, server.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("accept no more once the listener closes, which ends with the last connection", async () => {
    const { here, there } = await linked();
    here.read();
    there.read();
    let closed = false;
    const closing = server?.close().then(() => {
      closed = true;
    });
    for (let i = 0; i < 5; i++) await world.pass();
    expect(closed).toBe(false);
    here.socket.destroy();
    there.socket.destroy();
    await until("the listener is closed", () => closed);
    await closing;
    server = null;
  });

  it("find the addresses of hosts", async () => {
    expect(await world.client.addressesOf(world.host)).toEqual([world.host]);
  });
});
