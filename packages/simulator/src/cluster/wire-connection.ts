import {
  type Api,
  decodeResponse,
  encodeRequestFrame,
  FrameSplitter,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import { type Clock, type Sockets, type StreamSocket, withDeadline } from "@ottla/runtime";

const ANSWER_BYTES_MAX = 100 * 1024 * 1024;
const ANSWER_MS = 60_000;

/** The connection ended before there was an answer. */
export class WireClosed extends Error {
  override readonly name = "WireClosed";
}

/** A connection that speaks Kafka's protocol and nothing more: requests at any time, answers in their order. */
export class WireConnection {
  private readonly waiting: ((frame: Buffer | null) => void)[] = [];
  private correlationId = 0;
  private isClosed = false;

  private constructor(
    private readonly socket: StreamSocket,
    private readonly clock: Clock,
  ) {
    const splitter = new FrameSplitter({ frameSizeBytesMax: ANSWER_BYTES_MAX });
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk).frames) this.waiting.shift()?.(frame);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.isClosed = true;
      for (const settle of this.waiting.splice(0)) settle(null);
    });
  }

  static open(
    sockets: Sockets,
    clock: Clock,
    address: { readonly host: string; readonly port: number },
  ): Promise<WireConnection> {
    return new Promise((resolve, reject) => {
      const socket = sockets.connect(address);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new WireConnection(socket, clock));
      });
    });
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * @throws WireClosed when the connection ends instead
   * @throws DeadlineExceeded after a minute of the client's clock
   */
  async request<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const header = { correlationId: ++this.correlationId, clientId: "wire" };
    if (this.isClosed) throw new WireClosed(`${api.name}: the connection is closed`);
    const answer = new Promise<Buffer | null>((resolve) => this.waiting.push(resolve));
    this.socket.write(Buffer.concat(encodeRequestFrame(api, version, header, request)));
    const frame = await withDeadline(this.clock, ANSWER_MS, `an answer to ${api.name}`, answer);
    if (frame === null) throw new WireClosed(`${api.name}: the broker closed the connection`);
    return decodeResponse(api, version, frame).response as ResponseOf<A>;
  }

  /** Sends a frame, its size in front, that gets no answer. */
  send(framed: Buffer): void {
    this.socket.write(framed);
  }

  close(): void {
    this.socket.destroy();
  }
}
