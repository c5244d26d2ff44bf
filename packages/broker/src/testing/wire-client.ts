import { connect, type Socket } from "node:net";
import {
  type Api,
  decodeResponse,
  encodeRequestFrame,
  FrameSplitter,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import { systemClock, withDeadline } from "@ottla/runtime";

const ANSWER_MS = 10_000;

/** A connection that speaks Kafka's protocol and nothing more: one request at a time or several, answers in order. */
export class WireClient {
  private readonly waiting: ((frame: Buffer | null) => void)[] = [];
  private correlationId = 0;
  private ended = false;

  private constructor(private readonly socket: Socket) {
    const splitter = new FrameSplitter({ frameSizeBytesMax: 100 * 1024 * 1024 });
    socket.on("data", (chunk: Buffer) => {
      for (const frame of splitter.push(chunk).frames) this.waiting.shift()?.(Buffer.from(frame));
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.ended = true;
      for (const resolve of this.waiting.splice(0)) resolve(null);
    });
  }

  static connect(port: number): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new WireClient(socket));
      });
    });
  }

  /** @throws when the broker closes the connection instead of answering */
  async request<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    clientId = "spec",
  ): Promise<ResponseOf<A>> {
    const header = { correlationId: ++this.correlationId, clientId };
    const frame = await this.exchange(Buffer.concat(encodeRequestFrame(api, version, header, request)));
    if (frame === null) throw new Error(`${api.name} ${version}: the broker closed the connection`);
    return decodeResponse(api, version, frame).response as ResponseOf<A>;
  }

  /** Sends a frame with its size in front. @returns the answer without its size, or null when the connection was closed */
  exchange(framed: Buffer): Promise<Buffer | null> {
    if (this.ended) return Promise.resolve(null);
    const answer = new Promise<Buffer | null>((resolve) => this.waiting.push(resolve));
    this.socket.write(framed);
    return withDeadline(systemClock, ANSWER_MS, "an answer", answer);
  }

  /** Sends what gets no answer. */
  send(framed: Buffer): void {
    this.socket.write(framed);
  }

  close(): void {
    this.socket.destroy();
  }
}
