import {
  type CompressionCodec,
  compressionReady,
  initProducerId,
  type ProduceResponse,
  produce,
} from "@ottla/protocol";
import { DeadlineExceeded, explain, type Timer } from "@ottla/runtime";
import type { ClusterClient } from "../cluster/cluster-client";
import { backoffMs } from "../connection/backoff";
import type { Connection } from "../connection/connection";
import { KafkaError } from "../kafka-error";
import type { PartitionQueue } from "./partition-queue";
import type { PendingBatch, ProducerIdentity } from "./pending-batch";

export interface ProduceSenderOptions {
  readonly cluster: ClusterClient;
  readonly acks: 0 | 1 | -1;
  /** "required" fails where the broker cannot; "preferred" goes without. */
  readonly idempotence: "off" | "preferred" | "required";
  readonly codec: CompressionCodec;
  readonly requestTimeoutMs: number;
  readonly requestBytesMax: number;
  readonly inFlightMax: number;
  readonly retryBackoffMs: number;
  /** Told of every batch that is given up. */
  readonly onFailed: (batch: PendingBatch, error: Error) => void;
}

/** Carries batches from the queues to the leaders, at most `inFlightMax` requests to each at a time. */
export class ProduceSender {
  private readonly active = new Set<PartitionQueue>();
  private readonly inFlight = new Map<number, number>();
  private readonly throttledUntilMs = new Map<number, number>();
  private readonly connecting = new Set<number>();
  private readonly stopListening: () => void;
  private identity: ProducerIdentity | null = null;
  private acquiring: Promise<void> | null = null;
  private idempotent: boolean;
  private codecReady: boolean;
  private wakeUp: { readonly atMs: number; readonly timer: Timer } | null = null;
  private scheduled = false;
  private closed = false;

  constructor(private readonly options: ProduceSenderOptions) {
    this.idempotent = options.idempotence !== "off";
    this.codecReady = options.codec !== "zstd";
    this.stopListening = options.cluster.onMetadata(() => this.schedule());
  }

  /** Set once nothing can be sent any more; every further record would fail with it. */
  fatal: Error | null = null;

  /** Loads the codec and takes a producer id, whichever is needed. @throws what makes that impossible */
  async prepare(): Promise<void> {
    if (!this.codecReady) {
      await compressionReady();
      this.codecReady = true;
    }
    if (this.idempotent && this.identity === null) await this.acquireIdentity();
    if (this.fatal !== null) throw this.fatal;
  }

  get isPrepared(): boolean {
    return this.codecReady && (!this.idempotent || this.identity !== null);
  }

  /** Something was added to `queue`. */
  activate(queue: PartitionQueue): void {
    this.active.add(queue);
    this.schedule();
  }

  /** Looks through the queues once this tick is over. */
  schedule(): void {
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    this.options.cluster.clock.afterTick(() => {
      this.scheduled = false;
      if (!this.closed) this.drain();
    });
  }

  close(error: Error): void {
    this.closed = true;
    this.stopListening();
    this.wakeUp?.timer.cancel();
    for (const queue of this.active) for (const batch of queue.abandon()) this.options.onFailed(batch, error);
    this.active.clear();
  }

  private drain(): void {
    const nowMs = this.options.cluster.clock.monotonicMs();
    let wakeAtMs = Number.POSITIVE_INFINITY;
    for (const queue of this.active) {
      this.giveUp(queue.expire(nowMs));
      if (queue.isEmpty) this.active.delete(queue);
    }
    if (!this.isPrepared) {
      this.prepare().then(
        () => this.schedule(),
        (error: Error) => this.onUnprepared(error),
      );
      return;
    }
    while (this.sendRound(nowMs)) continue;
    for (const queue of this.active) wakeAtMs = Math.min(wakeAtMs, queue.wakeAtMs() ?? Number.POSITIVE_INFINITY);
    // What is due already waits for an answer, a connection or metadata, each of which looks again; only the clock must be watched.
    if (wakeAtMs !== Number.POSITIVE_INFINITY) this.wakeAt(wakeAtMs <= nowMs ? nowMs + OVERDUE_LOOK_MS : wakeAtMs);
  }

  /** One request at most to each leader. @returns whether any was sent */
  private sendRound(nowMs: number): boolean {
    const requests = new Map<
      Connection,
      { readonly leaderId: number; bytes: number; readonly batches: Map<PendingBatch, PartitionQueue> }
    >();
    const candidates = [...this.active];
    for (const queue of candidates) {
      if (!queue.canSend(nowMs)) continue;
      const leaderId = this.leaderOf(queue);
      if (leaderId === null || !queue.canSendTo(leaderId)) continue;
      const connection = this.options.cluster.connectedTo(leaderId) ?? this.connect(leaderId);
      if (connection === null || !this.hasCapacity(leaderId, nowMs)) continue;
      if (queue.exhaustedProducerId !== null && queue.exhaustedProducerId === this.identity?.producerId) {
        this.identity = null;
        this.schedule();
        return false;
      }
      let request = requests.get(connection);
      if (request === undefined) {
        request = { leaderId, bytes: 0, batches: new Map() };
        requests.set(connection, request);
      }
      const bytes = queue.nextSizeBytes();
      if (request.bytes > 0 && request.bytes + bytes > this.options.requestBytesMax) continue;
      request.bytes += bytes;
      request.batches.set(queue.take(leaderId, this.idempotent ? this.identity : null), queue);
      // Served last next time, so that large requests do not starve those behind.
      this.active.delete(queue);
      this.active.add(queue);
    }
    for (const [connection, { leaderId, batches }] of requests) this.send(connection, leaderId, batches);
    return requests.size > 0;
  }

  private send(connection: Connection, leaderId: number, batches: Map<PendingBatch, PartitionQueue>): void {
    const { acks, requestTimeoutMs } = this.options;
    const byTopic = new Map<string, PendingBatch[]>();
    for (const batch of batches.keys()) {
      const known = byTopic.get(batch.topic);
      if (known === undefined) byTopic.set(batch.topic, [batch]);
      else known.push(batch);
    }
    const request = {
      acks,
      timeoutMs: requestTimeoutMs,
      topicData: [...byTopic].map(([name, parts]) => ({
        name,
        partitionData: parts.map(({ partition, encoded }) => ({ index: partition, records: [encoded] })),
      })),
    };
    if (acks === 0) {
      this.sendUnanswered(connection, request, batches);
      return;
    }
    this.inFlight.set(leaderId, (this.inFlight.get(leaderId) ?? 0) + 1);
    connection
      .send(produce, request, { timeoutMs: requestTimeoutMs })
      .then(
        (response) => this.answered(leaderId, response, batches),
        (error: Error) => this.refuseAll(batches, error),
      )
      .finally(() => {
        this.inFlight.set(leaderId, (this.inFlight.get(leaderId) ?? 1) - 1);
        this.schedule();
      });
  }

  private sendUnanswered(
    connection: Connection,
    request: Parameters<
      typeof connection.sendUnanswered<(typeof produce.request)["fields"], (typeof produce.response)["fields"]>
    >[1],
    batches: Map<PendingBatch, PartitionQueue>,
  ): void {
    try {
      connection.sendUnanswered(produce, request);
    } catch (error) {
      this.refuseAll(batches, error as Error);
      return;
    }
    for (const [batch, queue] of batches) {
      this.giveUp(queue.acknowledged(batch));
      batch.succeed(-1, -1);
    }
  }

  private answered(leaderId: number, response: ProduceResponse, batches: Map<PendingBatch, PartitionQueue>): void {
    const { clock } = this.options.cluster;
    if (response.throttleTimeMs > 0) this.throttledUntilMs.set(leaderId, clock.monotonicMs() + response.throttleTimeMs);
    for (const [batch, queue] of batches) {
      const answer = response.responses
        .find(({ name }) => name === batch.topic)
        ?.partitionResponses.find(({ index }) => index === batch.partition);
      const error = answer?.errorCode ?? "UNKNOWN_SERVER_ERROR";
      if (answer !== undefined && (error === "NONE" || error === "DUPLICATE_SEQUENCE_NUMBER")) {
        this.giveUp(queue.acknowledged(batch));
        batch.succeed(Number(answer.baseOffset), Number(answer.logAppendTimeMs));
      } else {
        const detail = answer === undefined ? "the broker's answer does not mention it" : messageOf(answer);
        this.refuse(batch, queue, new KafkaError(error, `${batch.topic}-${batch.partition}`, detail));
      }
    }
  }

  private refuseAll(batches: Map<PendingBatch, PartitionQueue>, error: Error): void {
    for (const [batch, queue] of batches) this.refuse(batch, queue, error);
  }

  private refuse(batch: PendingBatch, queue: PartitionQueue, error: Error): void {
    const { cluster, retryBackoffMs } = this.options;
    const waitMs = backoffMs(batch.attempts, {
      minMs: retryBackoffMs,
      maxMs: Math.max(retryBackoffMs, cluster.retryBackoffMaxMs),
      random: cluster.random,
    });
    const { topic, partition } = batch;
    cluster.logger.debug("a batch was not acknowledged", { topic, partition, reason: explain(error) });
    this.giveUp(queue.refused(batch, error, cluster.clock.monotonicMs(), waitMs));
    if (!(error instanceof KafkaError) || error.refreshMetadata) cluster.refreshInBackground();
    this.schedule();
  }

  private giveUp(batches: readonly PendingBatch[]): void {
    for (const batch of batches) {
      const error = batch.lastError ?? this.fatal;
      const timedOut = () =>
        new DeadlineExceeded(`delivery to ${batch.topic}-${batch.partition}`, this.options.requestTimeoutMs);
      this.options.onFailed(batch, error ?? timedOut());
    }
  }

  private leaderOf(queue: PartitionQueue): number | null {
    const { cluster } = this.options;
    const leaderId = cluster.metadata.topics.get(queue.topic)?.partitions[queue.partition]?.leaderId ?? -1;
    if (leaderId >= 0 && cluster.metadata.brokers.has(leaderId)) return leaderId;
    cluster.refreshInBackground();
    return null;
  }

  private hasCapacity(leaderId: number, nowMs: number): boolean {
    return (
      (this.inFlight.get(leaderId) ?? 0) < this.options.inFlightMax &&
      (this.throttledUntilMs.get(leaderId) ?? 0) <= nowMs
    );
  }

  /** Begins to connect; the queues are looked through again when that is done. */
  private connect(leaderId: number): null {
    if (this.connecting.has(leaderId)) return null;
    this.connecting.add(leaderId);
    const { cluster } = this.options;
    cluster
      .connection(leaderId)
      .catch((failure: unknown) => {
        cluster.logger.debug("no connection to a leader", { leaderId, reason: explain(failure) });
        if (!this.closed) cluster.refreshInBackground();
      })
      .finally(() => {
        this.connecting.delete(leaderId);
        this.schedule();
      });
    return null;
  }

  private acquireIdentity(): Promise<void> {
    const { cluster } = this.options;
    this.acquiring ??= cluster
      .retry("taking a producer id", {}, async () => {
        const answer = await cluster.request("any", initProducerId, {
          transactionalId: null,
          transactionTimeoutMs: 60_000,
        });
        if (answer.errorCode !== "NONE") throw new KafkaError(answer.errorCode, "taking a producer id");
        this.identity = { producerId: answer.producerId, epoch: answer.producerEpoch };
      })
      .catch((error: unknown) => {
        if (!(error instanceof KafkaError)) throw error;
        if (error.name !== "UNSUPPORTED_VERSION" || this.options.idempotence === "required") {
          this.fatal = error;
          throw error;
        }
        cluster.logger.warn("the broker gives no producer ids, so retries may write a record twice");
        this.idempotent = false;
      })
      .finally(() => {
        this.acquiring = null;
      });
    return this.acquiring;
  }

  private onUnprepared(error: Error): void {
    if (this.closed) return;
    if (this.fatal !== null) {
      for (const queue of this.active) for (const batch of queue.abandon()) this.options.onFailed(batch, this.fatal);
      this.active.clear();
      return;
    }
    this.options.cluster.logger.warn("cannot send yet", { reason: explain(error) });
    this.wakeAt(this.options.cluster.clock.monotonicMs() + OVERDUE_LOOK_MS);
  }

  private wakeAt(atMs: number): void {
    if (this.wakeUp !== null && this.wakeUp.atMs <= atMs) return;
    this.wakeUp?.timer.cancel();
    const { clock } = this.options.cluster;
    const timer = clock.setTimer(atMs - clock.monotonicMs(), () => {
      this.wakeUp = null;
      this.schedule();
    });
    this.wakeUp = { atMs, timer };
  }
}

/** How soon to look again at what is due and cannot go. */
const OVERDUE_LOOK_MS = 100;

type PartitionAnswer = ProduceResponse["responses"][number]["partitionResponses"][number];

function messageOf({ errorMessage, recordErrors }: PartitionAnswer): string | null {
  const first = recordErrors[0];
  if (first === undefined) return errorMessage;
  return `${errorMessage ?? "record refused"} (record ${first.batchIndex} of the batch: ${first.batchIndexErrorMessage ?? "no reason given"})`;
}
