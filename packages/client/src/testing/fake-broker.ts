import { createServer, type Server, type Socket } from "node:net";
import {
  type Api,
  apiOf,
  apiVersions,
  BatchView,
  contiguous,
  decodeRequest,
  decodeRequestHeader,
  type ErrorName,
  encodeResponseFrame,
  type Fields,
  FrameSplitter,
  fetch,
  type InputOf,
  initProducerId,
  listOffsets,
  metadata,
  type ProduceRequest,
  patchBaseOffset,
  produce,
  type ValueOf,
} from "@ottla/protocol";
import { ADMINISTRATION, administer } from "./fake-topic-administration";

/** What a script may do instead of answering: cut the connection, or say nothing at all. */
export type Misbehaviour = "cut" | "silence";

type Answer<Res extends Fields> = InputOf<Res> | Misbehaviour | undefined;

/** Answers one request; undefined leaves it to the broker's own way. */
export type Script<Req extends Fields, Res extends Fields> = (
  request: ValueOf<Req>,
  version: number,
) => Answer<Res> | Promise<Answer<Res>>;

export interface SeenRequest {
  readonly api: string;
  readonly version: number;
  readonly connection: number;
}

/**
 * A broker for specs: one node that leads every partition, keeps what is produced in memory and checks sequence numbers; scripts make it
 * misbehave. It speaks through the protocol's own codecs, over a real socket.
 */
export class FakeBroker {
  /** Every request, in the order of their coming. */
  readonly seen: SeenRequest[] = [];
  /** Topics and their numbers of partitions. */
  readonly topics = new Map<string, number>();
  /** What metadata says: the node that leads everything. */
  leaderId = 1;
  /** Brokers that metadata names; this one by default. */
  brokers: { nodeId: number; host: string; port: number }[] = [];

  private readonly scripts = new Map<number, Script<Fields, Fields>>();
  private readonly logs = new Map<string, { readonly batches: Buffer[]; endOffset: number; nextSequence: number }>();
  private readonly sockets = new Set<Socket>();
  private connections = 0;

  static async start(): Promise<FakeBroker> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new FakeBroker(server);
  }

  private constructor(private readonly server: Server) {
    this.brokers = [{ nodeId: 1, host: "127.0.0.1", port: this.port }];
    server.on("connection", (socket) => this.accept(socket));
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the fake broker does not listen");
    return address.port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Answers requests of one API by script from now on. */
  on<Req extends Fields, Res extends Fields>(api: Api<Req, Res>, script: Script<Req, Res>): void {
    this.scripts.set(api.key, script as unknown as Script<Fields, Fields>);
  }

  /** The batches of a partition, as they would lie in its log. */
  log(topic: string, partition = 0): BatchView[] {
    return this.logOf(topic, partition).batches.map((batch) => new BatchView(batch, 0));
  }

  /** Puts bytes into a partition's log, as if a leader had appended them. */
  plant(topic: string, batch: Buffer, partition = 0): void {
    const log = this.logOf(topic, partition);
    const copy = Buffer.from(batch);
    const view = new BatchView(copy, 0);
    patchBaseOffset(copy, 0, log.endOffset);
    log.endOffset = view.nextOffset;
    log.batches.push(copy);
  }

  count(api: string): number {
    return this.seen.filter((one) => one.api === api).length;
  }

  /** Cuts every connection there is. */
  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    const connection = ++this.connections;
    const splitter = new FrameSplitter({ frameSizeBytesMax: 100_000_000 });
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.sockets.delete(socket));
    let answered = Promise.resolve();
    socket.on("data", (chunk: Buffer) => {
      for (const frame of splitter.push(chunk).frames) {
        const reply = this.reply(frame, connection);
        answered = answered.then(async () => {
          const answer = await reply;
          if (answer === "cut") socket.destroy();
          else if (answer !== "silence") for (const part of answer) socket.write(part);
        });
      }
    });
  }

  private async reply(frame: Buffer, connection: number): Promise<readonly Buffer[] | Misbehaviour> {
    const { apiKey, apiVersion, correlationId, bodyOffset } = decodeRequestHeader(frame);
    const api = apiOf(apiKey);
    if (api === undefined) return "cut";
    this.seen.push({ api: api.name, version: apiVersion, connection });
    const { request } = decodeRequest(api, apiVersion, Buffer.from(frame), bodyOffset);
    const scripted = await this.scripts.get(apiKey)?.(request, apiVersion);
    const answer = scripted ?? this.answer(api, request);
    if (answer === "cut" || answer === "silence") return answer;
    const { errorCode } = answer as { readonly errorCode?: ErrorName };
    const version = api.key === apiVersions.key && errorCode === "UNSUPPORTED_VERSION" ? 0 : apiVersion;
    return encodeResponseFrame(api, version, correlationId, answer as InputOf<Fields>);
  }

  private answer(api: Api<Fields, Fields>, request: unknown): object | Misbehaviour {
    switch (api.key) {
      case apiVersions.key:
        return versionsAnswer([apiVersions, metadata, produce, fetch, listOffsets, initProducerId, ...ADMINISTRATION]);
      case metadata.key:
        return this.metadataAnswer((request as { topics: { name: string }[] | null }).topics);
      case initProducerId.key:
        return { errorCode: "NONE", producerId: 7n, producerEpoch: 0 };
      case produce.key:
        return this.append(request as ProduceRequest);
      case listOffsets.key:
        return this.offsetsAnswer(request as ValueOf<(typeof listOffsets)["request"]["fields"]>);
      case fetch.key:
        return this.fetchAnswer(request as ValueOf<(typeof fetch)["request"]["fields"]>);
      default:
        return administer(this.topics, this.brokers, api, request) ?? "cut";
    }
  }

  private metadataAnswer(topics: readonly { readonly name: string }[] | null): object {
    const names = topics === null ? [...this.topics.keys()] : topics.map(({ name }) => name);
    return {
      brokers: this.brokers,
      clusterId: "fake",
      controllerId: 1,
      topics: names.map((name) => ({
        name,
        errorCode: this.topics.has(name) ? "NONE" : "UNKNOWN_TOPIC_OR_PARTITION",
        partitions: Array.from({ length: this.topics.get(name) ?? 0 }, (_, partitionIndex) => ({
          errorCode: "NONE",
          partitionIndex,
          leaderId: this.leaderId,
          leaderEpoch: 0,
          replicaNodes: [1],
          isrNodes: [1],
        })),
      })),
    };
  }

  /** Appends, unless the sequence number is not the next; the last batch sent again is recognised. */
  append(request: ProduceRequest): object | Misbehaviour {
    const responses = request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) => {
        const log = this.logOf(name, index);
        const view = new BatchView(Buffer.from(contiguous(records ?? [])), 0);
        const stored = log.batches.map((batch) => new BatchView(batch, 0)).find((one) => isSame(one, view));
        if (stored !== undefined && view.hasProducerId)
          return { index, errorCode: "NONE", baseOffset: BigInt(stored.baseOffset) };
        const newEpoch =
          log.batches.length > 0 && new BatchView(log.batches.at(-1)!, 0).producerEpoch !== view.producerEpoch;
        const expected = newEpoch ? 0 : log.nextSequence;
        if (view.hasProducerId && view.baseSequence !== expected)
          return { index, errorCode: "OUT_OF_ORDER_SEQUENCE_NUMBER", baseOffset: -1n };
        const baseOffset = log.endOffset;
        this.plant(name, view.bytes, index);
        log.nextSequence = view.baseSequence + view.recordCount;
        return { index, errorCode: "NONE", baseOffset: BigInt(baseOffset) };
      }),
    }));
    return request.acks === 0 ? "silence" : { responses };
  }

  private offsetsAnswer(request: ValueOf<(typeof listOffsets)["request"]["fields"]>): object {
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => ({
          partitionIndex,
          errorCode: "NONE",
          offset: timestamp === -2n ? 0n : BigInt(this.logOf(name, partitionIndex).endOffset),
        })),
      })),
    };
  }

  private fetchAnswer(request: ValueOf<(typeof fetch)["request"]["fields"]>): object {
    return {
      responses: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, fetchOffset }) => {
          const log = this.logOf(topic, partition);
          const inRange = fetchOffset <= BigInt(log.endOffset);
          const wanted = log.batches.filter((batch) => new BatchView(batch, 0).nextOffset > Number(fetchOffset));
          return {
            partitionIndex: partition,
            errorCode: inRange ? "NONE" : "OFFSET_OUT_OF_RANGE",
            highWatermark: BigInt(log.endOffset),
            records: inRange ? wanted.slice(0, 2) : [],
          };
        }),
      })),
    };
  }

  private logOf(topic: string, partition: number) {
    const name = `${topic}-${partition}`;
    let log = this.logs.get(name);
    if (log === undefined) {
      log = { batches: [], endOffset: 0, nextSequence: 0 };
      this.logs.set(name, log);
    }
    return log;
  }
}

/** An answer to ApiVersions that names these APIs, in all the versions that we speak (Fetch below topic ids). */
export function versionsAnswer(apis: readonly Pick<Api, "key" | "minVersion" | "maxVersion">[]) {
  return {
    errorCode: "NONE" as const,
    apiKeys: apis.map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion })),
  };
}

/** An answer to Produce with one error for everything in the request. */
export function refusal(request: ProduceRequest, errorCode: ErrorName) {
  return {
    responses: request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1n })),
    })),
  };
}

function isSame(stored: BatchView, sent: BatchView): boolean {
  return (
    stored.producerId === sent.producerId &&
    stored.producerEpoch === sent.producerEpoch &&
    stored.baseSequence === sent.baseSequence
  );
}
