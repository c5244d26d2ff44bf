import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy between a client and a server, with the faults that networks have. */
export class FaultyProxy {
  private readonly pairs = new Set<{ readonly client: Socket; readonly server: Socket }>();
  private mode: "open" | "refusing" | "silent" = "open";
  private cutAfterBytes: number | null = null;
  private dropReplies = false;
  /** Id and password of the session that the server last granted through it. */
  session: { readonly id: bigint; readonly password: Buffer } | null = null;
  /** How many connections were made through it. */
  connections = 0;

  private constructor(
    private readonly listener: Server,
    private readonly targetPort: number,
  ) {
    listener.on("connection", (client) => this.accept(client));
  }

  static start(targetPort: number): Promise<FaultyProxy> {
    return new Promise((resolve, reject) => {
      const listener = createServer();
      listener.once("error", reject);
      listener.listen(0, "127.0.0.1", () => resolve(new FaultyProxy(listener, targetPort)));
    });
  }

  get port(): number {
    const address = this.listener.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get connectString(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Breaks what stands and closes each new connection at once. */
  refuse(): void {
    this.mode = "refusing";
    this.cut();
  }

  /** Passes nothing on any more, in either direction, and closes nothing: a black hole. New connections are taken and left silent. */
  swallow(): void {
    this.mode = "silent";
  }

  /** Breaks every connection that stands. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Breaks the connection once `bytes` more bytes have gone to the client. */
  cutAfter(bytes: number): void {
    this.cutAfterBytes = bytes;
  }

  /** Loses the next thing the server says, and the connection with it: the request was carried out, the reply never comes. */
  loseNextReply(): void {
    this.dropReplies = true;
  }

  /** Faults end; what was swallowed stays swallowed, so its connections are broken. */
  heal(): void {
    if (this.mode === "silent") this.cut();
    this.mode = "open";
    this.cutAfterBytes = null;
    this.dropReplies = false;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  private accept(client: Socket): void {
    client.on("error", () => client.destroy());
    if (this.mode === "refusing") {
      client.destroy();
      return;
    }
    this.connections += 1;
    const server = connect({ host: "127.0.0.1", port: this.targetPort });
    server.on("error", () => server.destroy());
    const pair = { client, server };
    this.pairs.add(pair);
    client.on("data", (chunk) => {
      if (this.mode === "open") server.write(chunk);
    });
    server.once("data", (chunk) => this.remember(chunk));
    server.on("data", (chunk) => this.toClient(client, server, chunk));
    const end = () => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on("close", end);
    // A black hole does not tell that the other side is gone.
    server.on("close", () => {
      if (this.mode !== "silent") end();
    });
  }

  /** The first frame of a connection: length, protocol version, timeout, session id, length of the password, password. */
  private remember(chunk: Buffer): void {
    if (chunk.length >= 40)
      this.session = { id: chunk.readBigInt64BE(12), password: Buffer.from(chunk.subarray(24, 40)) };
  }

  private toClient(client: Socket, server: Socket, chunk: Buffer): void {
    if (this.mode !== "open") return;
    if (this.dropReplies) {
      this.dropReplies = false;
      client.destroy();
      server.destroy();
      return;
    }
    if (this.cutAfterBytes === null) {
      client.write(chunk);
      return;
    }
    const passed = chunk.subarray(0, this.cutAfterBytes);
    this.cutAfterBytes -= passed.length;
    const cut = this.cutAfterBytes === 0;
    if (cut) this.cutAfterBytes = null;
    client.write(passed, () => {
      if (!cut) return;
      client.destroy();
      server.destroy();
    });
  }
}
