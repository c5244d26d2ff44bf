import { Aborted, DeadlineExceeded, withDeadline } from "@ottla/runtime";
import type { ClusterClient } from "../cluster/cluster-client";
import type { TopicMetadata } from "../cluster/cluster-metadata";
import { KafkaError } from "../kafka-error";
import { PartitionQueue, type PartitionQueueOptions } from "./partition-queue";
import { Partitioner } from "./partitioner";
import type { OnDelivery, PendingBatch, RecordMetadata } from "./pending-batch";
import { ProduceSender } from "./produce-sender";
import type { ProducerOptions, ProducerRecord } from "./producer-options";
import { SendLine } from "./send-line";

/**
 * Writes records, many at a time: each partition's records gather in batches, which go to their leaders and are sent again until they are
 * acknowledged or time is up.
 *
 * `send` is the way for most. `enqueue` is for those with very many records: no promise for each, and the caller watches for room itself.
 */
export class Producer {
  private readonly cluster: ClusterClient;
  private readonly partitioner: Partitioner;
  private readonly sender: ProduceSender;
  private readonly queueOptions: PartitionQueueOptions;
  private readonly queues = new Map<string, PartitionQueue[]>();
  private readonly outstanding = new Set<PendingBatch>();
  /** By topic: sends that wait for metadata, for a producer id or for room. */
  private readonly lines = new Map<string, SendLine>();
  private readonly bufferBytes: number;
  private readonly requestBytesMax: number;
  private readonly maxBlockMs: number;
  private bufferedBytes = 0;
  private roomWaiters: (() => void)[] = [];
  private isClosed = false;

  /** @throws RangeError when options contradict each other */
  constructor(private readonly options: ProducerOptions) {
    const { cluster, acks = -1, maxInFlight = 5 } = options;
    const retries = options.retries ?? Number.POSITIVE_INFINITY;
    const canBeIdempotent = acks === -1 && maxInFlight <= 5 && retries > 0;
    if (options.idempotence === true && !canBeIdempotent)
      throw new RangeError("idempotence needs acks -1 (all), at most 5 requests in flight, and retries");
    if (maxInFlight < 1) throw new RangeError(`max.in.flight.requests.per.connection is ${maxInFlight}`);
    this.cluster = cluster;
    this.bufferBytes = options.bufferBytes ?? 33_554_432;
    this.requestBytesMax = options.requestBytesMax ?? 1_048_576;
    this.maxBlockMs = options.maxBlockMs ?? 60_000;
    const batchSizeBytes = options.batchSizeBytes ?? 16_384;
    const codec = options.compression ?? "none";
    this.partitioner = new Partitioner(cluster.random, batchSizeBytes);
    this.queueOptions = {
      batch: { codec, compressionLevel: options.compressionLevel, sizeInBytesMax: batchSizeBytes },
      lingerMs: options.lingerMs ?? 0,
      retriesMax: retries,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
      inFlightMax: maxInFlight,
    };
    this.sender = new ProduceSender({
      cluster,
      acks,
      idempotence:
        options.idempotence === true
          ? "required"
          : options.idempotence === false || !canBeIdempotent
            ? "off"
            : "preferred",
      codec,
      requestTimeoutMs: options.requestTimeoutMs ?? cluster.requestTimeoutMs,
      requestBytesMax: this.requestBytesMax,
      inFlightMax: maxInFlight,
      retryBackoffMs: options.retryBackoffMs ?? cluster.retryBackoffMs,
      onFailed: (batch, error) => {
        options.onBatchFailed?.(error, batch);
        batch.fail(error);
      },
    });
  }

  /**
   * Writes one record. Records for one partition are written in the order of the calls, whatever those had to wait for.
   *
   * @returns where it went, once as many replicas as `acks` asks for have it
   * @throws KafkaError what the broker refused it with; MESSAGE_TOO_LARGE when it passes `requestBytesMax`
   * @throws DeadlineExceeded when there was no room, no topic or no acknowledgement in time
   * @throws Aborted when `signal` ended the wait for room. A record that was taken is not taken back
   */
  async send(record: ProducerRecord, signal?: AbortSignal): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      const onDelivery: OnDelivery = (error, metadata) => (error === null ? resolve(metadata) : reject(error));
      const line = this.lines.get(record.topic);
      if (line === undefined && this.enqueue(record, onDelivery)) return;
      (line ?? this.openLine(record.topic)).add(record, onDelivery, reject, signal);
    });
  }

  /**
   * Takes one record, if that can be done at once. It is delivered, or reported as failed, later. It does not wait behind calls of
   * `send` that do.
   *
   * @returns false, and nothing taken, when the topic is not known yet or the buffer is full: await `ready` and call again
   * @throws KafkaError when the record is too large, its partition does not exist, or nothing can be sent any more
   */
  enqueue(record: ProducerRecord, onDelivery?: OnDelivery): boolean {
    if (this.isClosed) throw new Error("the producer is closed");
    if (this.sender.fatal !== null) throw this.sender.fatal;
    const key = record.key ?? null;
    const sizeBytes = sizeOf(record);
    if (sizeBytes > this.requestBytesMax)
      throw new KafkaError(
        "MESSAGE_TOO_LARGE",
        `record for ${record.topic}`,
        `it has some ${sizeBytes} bytes, max.request.size is ${this.requestBytesMax}`,
      );
    if (!this.hasRoomFor(sizeBytes)) return false;
    const topic = this.usableTopic(record.topic);
    if (topic === null || !this.sender.isPrepared) return false;

    const partition = record.partition ?? this.partitioner.partitionFor(key, topic);
    const queue = this.queueOf(topic, partition);
    const { headers } = record;
    const timestamp = record.timestamp ?? this.cluster.clock.nowMs();
    const batch = queue.append(
      { timestamp, key, value: record.value, headers },
      this.cluster.clock.monotonicMs(),
      onDelivery,
    );
    if (batch.recordCount === 1) this.track(batch);
    const placedBytes = batch.sizeInBytes - (this.counted.get(batch) ?? 0);
    this.counted.set(batch, batch.sizeInBytes);
    this.bufferedBytes += placedBytes;
    if (record.partition === undefined && key === null) this.partitioner.placed(topic.name, placedBytes);
    this.sender.activate(queue);
    return true;
  }

  /**
   * Waits until `enqueue` can take a record for `topic`.
   *
   * @throws DeadlineExceeded after `maxBlockMs`, caused by what stood in the way
   * @throws KafkaError, Aborted
   */
  async ready(topic: string, signal?: AbortSignal): Promise<void> {
    await this.prepared(topic, this.maxBlockMs, signal);
    if (this.bufferedBytes > this.bufferBytes / 2) await this.room(this.maxBlockMs, signal);
  }

  /** Sends what has gathered, without waiting for fuller batches. */
  sendNow(): void {
    for (const queues of this.queues.values()) {
      for (const queue of queues) {
        if (queue?.isEmpty !== false) continue;
        queue.hurry();
        this.sender.activate(queue);
      }
    }
  }

  /** Resolves once the end of every record taken so far is known; those that failed told so elsewhere. */
  async flush(signal?: AbortSignal): Promise<void> {
    this.sendNow();
    const waiting = [...this.outstanding];
    if (waiting.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(new Aborted("flush", signal?.reason));
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      let left = waiting.length;
      for (const batch of waiting) {
        batch.whenDone(() => {
          if (--left > 0) return;
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
      }
    });
  }

  /**
   * Flushes, then stops.
   *
   * @param options.timeoutMs what is not delivered by then fails; unbounded but for `deliveryTimeoutMs` by default
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.isClosed) return;
    const timeoutMs = options.timeoutMs ?? this.queueOptions.deliveryTimeoutMs + CLOSE_GRACE_MS;
    try {
      if (timeoutMs > 0) await withDeadline(this.cluster.clock, timeoutMs, "flushing the producer", this.flush());
    } catch (failure) {
      this.cluster.logger.warn("the producer closes with records undelivered", { failure });
    } finally {
      this.isClosed = true;
      this.sender.close(new DeadlineExceeded("delivery before the producer was closed", timeoutMs));
    }
  }

  private openLine(topic: string): SendLine {
    const { clock } = this.cluster;
    const line = new SendLine({
      clock,
      blockMsMax: this.maxBlockMs,
      take: (record, onDelivery) => this.enqueue(record, onDelivery),
      ready: async (record, timeoutMs, signal) => {
        const deadlineMs = clock.monotonicMs() + timeoutMs;
        await this.prepared(topic, timeoutMs, signal);
        while (!this.hasRoomFor(sizeOf(record))) await this.room(Math.max(0, deadlineMs - clock.monotonicMs()), signal);
      },
      onEmpty: () => void this.lines.delete(topic),
    });
    this.lines.set(topic, line);
    return line;
  }

  private async prepared(topic: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.usableTopic(topic) === null) await this.cluster.topic(topic, { timeoutMs, signal });
    if (!this.sender.isPrepared)
      await withDeadline(this.cluster.clock, timeoutMs, "taking a producer id", this.sender.prepare());
  }

  /** One record is taken even where it alone passes the bound. */
  private hasRoomFor(sizeBytes: number): boolean {
    return this.bufferedBytes === 0 || this.bufferedBytes + sizeBytes <= this.bufferBytes;
  }

  private readonly counted = new WeakMap<PendingBatch, number>();

  private track(batch: PendingBatch): void {
    this.outstanding.add(batch);
    batch.whenDone(() => {
      this.outstanding.delete(batch);
      this.bufferedBytes -= this.counted.get(batch) ?? 0;
      if (this.roomWaiters.length === 0 || this.bufferedBytes > this.bufferBytes / 2) return;
      for (const waiter of this.roomWaiters.splice(0)) waiter();
    });
  }

  private usableTopic(name: string): TopicMetadata | null {
    const topic = this.cluster.metadata.topics.get(name);
    return topic === undefined || topic.partitions.length === 0 ? null : topic;
  }

  private queueOf(topic: TopicMetadata, partition: number): PartitionQueue {
    let queues = this.queues.get(topic.name);
    if (queues === undefined) {
      queues = [];
      this.queues.set(topic.name, queues);
    }
    const existing = queues[partition];
    if (existing !== undefined) return existing;
    if (!Number.isInteger(partition) || partition < 0 || partition >= topic.partitions.length)
      throw new KafkaError(
        "UNKNOWN_TOPIC_OR_PARTITION",
        `${topic.name}-${partition}`,
        `the topic has ${topic.partitions.length} partitions`,
      );
    const queue = new PartitionQueue(topic.name, partition, this.queueOptions);
    queues[partition] = queue;
    return queue;
  }

  private async room(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.sendNow();
    let stopWaiting = () => {};
    const freed = new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(new Aborted("waiting for room", signal?.reason));
      this.roomWaiters.push(resolve);
      signal?.addEventListener("abort", onAbort, { once: true });
      stopWaiting = () => signal?.removeEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
    });
    try {
      await withDeadline(this.cluster.clock, timeoutMs, "room in buffer.memory", freed);
    } finally {
      stopWaiting();
    }
  }
}

function sizeOf({ key, value }: ProducerRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/** More than any record's lengths and deltas take. */
const RECORD_OVERHEAD_BYTES = 32;
/** For answers that are under way when the delivery timeout ends. */
const CLOSE_GRACE_MS = 1_000;
