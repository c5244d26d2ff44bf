import { Connection, formatTopicPartition, parseBootstrapServers, type TopicPartition } from "@ottla/client";
import { BatchBuilder, type MetadataResponse, metadata, produce } from "@ottla/protocol";
import { sleep, systemClock } from "@ottla/runtime";
import { nowMs } from "../history/now";
import { ProgressGaps } from "./progress-gaps";

export interface GapProbeOptions {
  readonly bootstrapServers: string;
  /** A topic of its own: records that were given up may be written all the same. */
  readonly topic: string;
  readonly partitions: number;
}

/**
 * Writes to every partition with acks=all, one record at a time, and tries again after 10 ms: it shows how long the cluster takes nothing,
 * without any client library's patience in between. Whom to ask it learns from all brokers at once, so a dead one costs it nothing.
 */
export class GapProbe {
  /** Acknowledgements, by partition. */
  readonly gaps = new ProgressGaps();
  /** How often each error was met. */
  readonly errors: Record<string, number> = {};
  private readonly leaders: Leader[];
  private readonly askers: MetadataAsker[];
  private readonly stopping = new AbortController();
  private readonly running: Promise<unknown>;
  private asking: Promise<void> | null = null;

  constructor(private readonly options: GapProbeOptions) {
    this.leaders = Array.from({ length: options.partitions }, () => ({ epoch: -1, address: null }));
    this.askers = parseBootstrapServers(options.bootstrapServers).map((address) => new MetadataAsker(address));
    this.running = Promise.all(this.leaders.map((_, partition) => this.run(partition)));
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    for (const asker of this.askers) asker.close();
  }

  private async run(partition: number): Promise<void> {
    const key = { topic: this.options.topic, partition };
    const series = formatTopicPartition(key);
    let writer: { readonly connection: Connection; readonly address: string } | null = null;
    while (!this.stopping.signal.aborted) {
      const address = this.leaders[partition]?.address ?? null;
      let error = address === null ? "no leader known" : "NONE";
      if (address !== null) {
        try {
          if (writer === null || !writer.connection.isOpen || writer.address !== address) {
            writer?.connection.close();
            writer = null;
            writer = { connection: await open(address), address };
          }
          error = await write(writer.connection, key);
        } catch (failure) {
          writer?.connection.close();
          writer = null;
          error = (failure as Error).name;
        }
      }
      if (error === "NONE") {
        this.gaps.mark(series, nowMs());
      } else {
        this.errors[error] = (this.errors[error] ?? 0) + 1;
        await this.askAll();
      }
      await sleep(systemClock, RETRY_MS);
    }
    writer?.connection.close();
  }

  /** All partitions share one round of questions; a round ends with the first answer, the others are heard when they come. */
  private askAll(): Promise<void> {
    this.asking ??= Promise.any(this.askers.map((asker) => asker.ask(this.options.topic).then((a) => this.learn(a))))
      // Nobody answered: that is what a probe is there to see.
      .catch(() => undefined)
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }

  private learn({ brokers, topics }: MetadataResponse): void {
    const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]));
    for (const { partitionIndex, leaderId, leaderEpoch } of topics[0]?.partitions ?? []) {
      const known = this.leaders[partitionIndex];
      const address = addresses.get(leaderId);
      if (known === undefined || address === undefined || leaderEpoch < known.epoch) continue;
      known.epoch = leaderEpoch;
      known.address = address;
    }
  }
}

interface Leader {
  epoch: number;
  address: string | null;
}

/** Asks one broker for metadata, one question at a time. */
class MetadataAsker {
  private connection: Connection | null = null;
  private underWay: Promise<MetadataResponse> | null = null;

  constructor(private readonly address: { readonly host: string; readonly port: number }) {}

  ask(topic: string): Promise<MetadataResponse> {
    this.underWay ??= this.exchange(topic).finally(() => {
      this.underWay = null;
    });
    return this.underWay;
  }

  close(): void {
    this.connection?.close();
  }

  private async exchange(topic: string): Promise<MetadataResponse> {
    if (this.connection?.isOpen !== true) this.connection = await open(`${this.address.host}:${this.address.port}`);
    const request = { topics: [{ name: topic }], allowAutoTopicCreation: false };
    return this.connection.send(metadata, request, { versionMax: METADATA_VERSION_MAX });
  }
}

function open(address: string): Promise<Connection> {
  const { host, port } = parseBootstrapServers(address)[0] ?? { host: "", port: 0 };
  return Connection.open({
    host,
    port,
    clientId: "harness-probe",
    clock: systemClock,
    connectTimeoutMs: ATTEMPT_MS,
    requestTimeoutMs: ATTEMPT_MS,
  });
}

async function write(connection: Connection, { topic, partition }: TopicPartition): Promise<string> {
  const builder = new BatchBuilder({});
  builder.append({ timestamp: systemClock.nowMs(), key: null, value: Buffer.from("probe") });
  const answer = await connection.send(produce, {
    transactionalId: null,
    acks: -1,
    timeoutMs: ATTEMPT_MS,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: [builder.build()] }] }],
  });
  return answer.responses[0]?.partitionResponses[0]?.errorCode ?? "no answer";
}

const RETRY_MS = 10;
/** A broker that is silent for that long is given up and tried anew; one that only waits for its followers answers the next try as well. */
const ATTEMPT_MS = 500;
/** Topics by name. */
const METADATA_VERSION_MAX = 9;
