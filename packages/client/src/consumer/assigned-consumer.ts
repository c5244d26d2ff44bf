import { type FetchRequestInput, type FetchResponse, fetch } from "@ottla/protocol";
import { Aborted, DeadlineExceeded, explain, type Timer } from "@ottla/runtime";
import type { ClusterClient } from "../cluster/cluster-client";
import { lookUpOffsets } from "../cluster/offset-lookup";
import { byTopic, formatTopicPartition, type TopicPartition } from "../cluster/topic-partition";
import { Backoff } from "../connection/backoff";
import { KafkaError } from "../kafka-error";
import { isRetriable } from "../network-error";
import type { ConsumedBatch } from "./consumed-batch";
import type { AssignedConsumerOptions, PartitionAssignment } from "./consumer-options";
import { type PartitionAnswer, readableBatches } from "./fetch-answer";
import { PartitionPosition } from "./partition-position";

/**
 * Reads partitions that it was told to read, from where it was told to, without a group.
 *
 * One fetch is under way to each leader while the reader is busy with what came before; what waits for the reader is bounded. Leaders
 * that move are followed. Only what cannot mend itself is thrown.
 */
export class AssignedConsumer implements AsyncIterable<ConsumedBatch> {
  private readonly partitions: PartitionPosition[];
  private readonly cluster: ClusterClient;
  private readonly waiting: Fetched[] = [];
  private readonly fetching = new Set<number>();
  private readonly closing = new AbortController();
  private readonly stopListening: () => void;
  private readonly backoff: Backoff;
  private lookingUp = false;
  private failure: Error | null = null;
  private reader: { readonly wake: () => void } | null = null;
  private wakeUp: Timer | null = null;

  constructor(private readonly options: AssignedConsumerOptions) {
    const { cluster } = options;
    this.cluster = cluster;
    this.partitions = options.assignments.map((assignment) => new PartitionPosition(assignment));
    this.backoff = new Backoff({
      minMs: cluster.retryBackoffMs,
      maxMs: cluster.retryBackoffMaxMs,
      random: cluster.random,
    });
    this.stopListening = cluster.onMetadata(() => this.fetchMore());
  }

  /** The next offset that the reader has not been given; -1 while the start is not known yet, or for a partition not assigned. */
  position(partition: TopicPartition): number {
    return this.find(partition)?.position ?? -1;
  }

  /** Records between the position and the high watermark last seen; null while either is not known. */
  lag(partition: TopicPartition): number | null {
    const found = this.find(partition);
    if (found === undefined || found.position < 0 || found.highWatermark < 0) return null;
    return Math.max(0, found.highWatermark - found.position);
  }

  /** Reads further partitions too, such as those that a topic has grown by. */
  assign(assignments: readonly PartitionAssignment[]): void {
    for (const assignment of assignments)
      if (this.find(assignment) === undefined) this.partitions.push(new PartitionPosition(assignment));
    this.reader?.wake();
  }

  /** Resolves once every start position is known. Reading does so by itself; this is for those who must know that it happened. */
  async started(signal?: AbortSignal): Promise<void> {
    while (this.partitions.some(({ start }) => start !== null)) {
      this.fetchMore();
      await this.wake(Number.POSITIVE_INFINITY, signal);
    }
  }

  /**
   * What came with one fetch from one partition; it waits until there is something.
   *
   * @returns at least one batch; an empty list once `timeoutMs` is over
   * @throws KafkaError, CorruptRecordError
   * @throws Aborted when `signal` aborts, or the consumer is closed
   */
  async poll(
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<readonly ConsumedBatch[]> {
    const { clock } = this.cluster;
    const deadlineMs =
      options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + options.timeoutMs;
    for (;;) {
      const next = this.waiting.shift();
      if (next !== undefined) {
        next.from.bufferedBytes -= next.sizeBytes;
        for (const batch of next.batches) next.from.given(batch);
        this.fetchMore();
        return next.batches;
      }
      if (this.failure !== null) throw this.failure;
      if (clock.monotonicMs() >= deadlineMs) return [];
      this.fetchMore();
      await this.wake(deadlineMs, options.signal);
    }
  }

  /** Batch by batch, without an end; breaking off closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumedBatch, void> {
    for (;;) yield* await this.poll();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.stopListening();
    this.wakeUp?.cancel();
    this.waiting.length = 0;
    this.reader?.wake();
  }

  private find({ topic, partition }: TopicPartition): PartitionPosition | undefined {
    return this.partitions.find((one) => one.topic === topic && one.partition === partition);
  }

  /** Waits for anything that may have changed what the reader can have. */
  private wake(deadlineMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer =
        deadlineMs === Number.POSITIVE_INFINITY
          ? null
          : this.cluster.clock.setTimer(deadlineMs - this.cluster.clock.monotonicMs(), () => this.reader?.wake());
      const settle = () => {
        this.reader = null;
        timer?.cancel();
        signal?.removeEventListener("abort", settle);
        const aborted = signal?.aborted ? signal : this.closing.signal.aborted ? this.closing.signal : null;
        if (aborted === null) resolve();
        else reject(new Aborted("reading", aborted.reason));
      };
      this.reader = { wake: settle };
      signal?.addEventListener("abort", settle, { once: true });
      if (signal?.aborted || this.closing.signal.aborted || this.failure !== null) settle();
    });
  }

  /** Sends a fetch to every leader that has none under way and has partitions with room. */
  private fetchMore(): void {
    if (this.closing.signal.aborted || this.failure !== null) return;
    this.lookUpStarts();
    const nowMs = this.cluster.clock.monotonicMs();
    const byLeader = new Map<number, PartitionPosition[]>();
    let wakeAtMs = Number.POSITIVE_INFINITY;
    for (const partition of this.partitions) {
      if (partition.start !== null || partition.bufferedBytes > 0) continue;
      if (partition.notBeforeMs > nowMs) {
        wakeAtMs = Math.min(wakeAtMs, partition.notBeforeMs);
        continue;
      }
      const leaderId = this.leaderOf(partition);
      if (leaderId === null) {
        partition.notBeforeMs = nowMs + this.cluster.retryBackoffMs;
        wakeAtMs = Math.min(wakeAtMs, partition.notBeforeMs);
        continue;
      }
      const group = byLeader.get(leaderId);
      if (group === undefined) byLeader.set(leaderId, [partition]);
      else group.push(partition);
    }
    for (const [leaderId, group] of byLeader) if (!this.fetching.has(leaderId)) this.fetchFrom(leaderId, group);
    if (wakeAtMs !== Number.POSITIVE_INFINITY) this.lookAgainAt(wakeAtMs);
  }

  private fetchFrom(leaderId: number, partitions: readonly PartitionPosition[]): void {
    this.fetching.add(leaderId);
    const asked = partitions.map((partition) => ({ partition, fetchOffset: partition.fetchOffset }));
    this.sendFetch(leaderId, partitions)
      .then((response) => (response === null ? undefined : this.accept(response, asked)))
      .catch((error: unknown) => this.fetchFailed(leaderId, error, partitions))
      .finally(() => {
        this.fetching.delete(leaderId);
        this.fetchMore();
        this.reader?.wake();
      });
  }

  /** @returns null when none of them is led there any more */
  private async sendFetch(leaderId: number, asked: readonly PartitionPosition[]): Promise<FetchResponse | null> {
    const { options, cluster } = this;
    const connection = await cluster.connection(leaderId);
    // Whoever was waited for may have been followed by another meanwhile. As a follower it knows the epoch that it would be asked with, and
    // not all the records: it would say that there is no such offset.
    const partitions = asked.filter((partition) => this.leaderOf(partition) === leaderId);
    if (partitions.length === 0) return null;
    const topicIds = new Map<string, string | null>(
      partitions.map(({ topic }) => [topic, cluster.metadata.topics.get(topic)?.topicId ?? null]),
    );
    const named = [...topicIds.values()].includes(null);
    const waitMs = options.fetchWaitMs ?? 500;
    const request: FetchRequestInput = {
      maxWaitMs: waitMs,
      minBytes: options.fetchBytesMin ?? 1,
      maxBytes: options.fetchBytesMax ?? 52_428_800,
      isolationLevel: options.isolationLevel === "read_committed" ? 1 : 0,
      topics: [...byTopic(partitions)].map(([topic, group]) => ({
        topic,
        topicId: topicIds.get(topic) ?? undefined,
        partitions: group.map(({ partition, fetchOffset }) => ({
          partition,
          currentLeaderEpoch: cluster.metadata.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1,
          fetchOffset: BigInt(fetchOffset),
          partitionMaxBytes: options.partitionBytesMax ?? 1_048_576,
        })),
      })),
      forgottenTopicsData: [],
    };
    return connection.send(fetch, request, {
      // From version 13 on topics go by their ids.
      versionMax: named ? 12 : undefined,
      timeoutMs: waitMs + (options.requestTimeoutMs ?? cluster.requestTimeoutMs),
      signal: this.closing.signal,
    });
  }

  private async accept(
    response: FetchResponse,
    asked: readonly { readonly partition: PartitionPosition; readonly fetchOffset: number }[],
  ): Promise<void> {
    if (response.errorCode !== "NONE") throw new KafkaError(response.errorCode, "fetch");
    this.backoff.reset();
    for (const { topic, topicId, partitions } of response.responses) {
      for (const answer of partitions) {
        const found = asked.find(
          ({ partition }) =>
            partition.partition === answer.partitionIndex &&
            (partition.topic === topic || this.cluster.metadata.topics.get(partition.topic)?.topicId === topicId),
        );
        if (found !== undefined) await this.acceptPartition(found.partition, found.fetchOffset, answer);
      }
    }
  }

  private async acceptPartition(
    partition: PartitionPosition,
    fetchOffset: number,
    answer: PartitionAnswer,
  ): Promise<void> {
    // Where leadership moves, the old leader and the new one may both be asked for the same.
    const isOutdated = () => partition.start !== null || partition.fetchOffset !== fetchOffset;
    if (isOutdated()) return;
    if (answer.errorCode !== "NONE") {
      this.partitionFailed(partition, new KafkaError(answer.errorCode, formatTopicPartition(partition)));
      return;
    }
    const { isolationLevel = "read_uncommitted", checkCrcs = true } = this.options;
    const { batches, nextOffset, sizeBytes } = await readableBatches(partition, answer, fetchOffset, {
      isolationLevel,
      checkCrcs,
    });
    if (isOutdated()) return;
    partition.highWatermark = Number(answer.highWatermark);
    partition.fetchOffset = nextOffset;
    if (batches.length === 0) {
      // Control batches and what was aborted: the reader has nothing to wait for there.
      if (partition.bufferedBytes === 0) partition.position = nextOffset;
      return;
    }
    partition.bufferedBytes += sizeBytes;
    this.waiting.push({ from: partition, batches, sizeBytes });
  }

  private partitionFailed(partition: PartitionPosition, error: KafkaError): void {
    if (error.name === "OFFSET_OUT_OF_RANGE") {
      const { onOutOfRange = "latest" } = this.options;
      if (onOutOfRange === "none") {
        this.fail(
          new KafkaError("OFFSET_OUT_OF_RANGE", error.what, `offset ${partition.fetchOffset} is not in the log`),
        );
        return;
      }
      const { fetchOffset } = partition;
      this.cluster.logger.warn("an offset is not in the log", {
        partition: error.what,
        offset: fetchOffset,
        goesOnAt: onOutOfRange,
      });
      partition.start = onOutOfRange;
      return;
    }
    if (!error.retriable && !FENCED.has(error.name)) {
      this.fail(error);
      return;
    }
    this.retryLater(error, [partition]);
  }

  private fetchFailed(leaderId: number, error: unknown, partitions: readonly PartitionPosition[]): void {
    if (this.closing.signal.aborted) return;
    if (!isRetriable(error)) this.fail(error instanceof Error ? error : new Error(explain(error)));
    else this.retryLater(error, partitions, { leaderId });
  }

  private retryLater(error: unknown, partitions: readonly PartitionPosition[], fields = {}): void {
    const notBeforeMs = this.cluster.clock.monotonicMs() + this.backoff.next();
    for (const partition of partitions) partition.notBeforeMs = notBeforeMs;
    this.cluster.logger.debug("a fetch failed and is tried again", { reason: explain(error), ...fields });
    this.cluster.refreshInBackground();
  }

  private lookUpStarts(): void {
    const pending = this.partitions.filter(({ start }) => start !== null);
    if (this.lookingUp || pending.length === 0) return;
    this.lookingUp = true;
    this.findStarts(pending)
      .catch((error: unknown) => {
        if (this.closing.signal.aborted) return;
        // A topic that does not exist yet, or brokers that are away: time is what mends that.
        if (error instanceof DeadlineExceeded)
          this.cluster.logger.warn("cannot begin to read yet", { reason: explain(error) });
        else this.fail(error instanceof Error ? error : new Error(explain(error)));
      })
      .finally(() => {
        this.lookingUp = false;
        this.fetchMore();
        this.reader?.wake();
      });
  }

  private async findStarts(pending: readonly PartitionPosition[]): Promise<void> {
    const queries = pending.flatMap((partition) => {
      const { topic, start } = partition;
      return start === null || (typeof start === "object" && "offset" in start)
        ? []
        : [{ topic, partition: partition.partition, spec: start }];
    });
    const options = { isolationLevel: this.options.isolationLevel, signal: this.closing.signal };
    const found = await lookUpOffsets(this.cluster, queries, options);
    const none = found.filter(({ offset }) => offset < 0);
    const ends = await lookUpOffsets(
      this.cluster,
      none.map(({ topic, partition }) => ({ topic, partition, spec: "latest" })),
      options,
    );
    for (const one of [...found, ...ends]) if (one.offset >= 0) this.find(one)?.begin(one.offset);
  }

  private leaderOf({ topic, partition }: TopicPartition): number | null {
    const { metadata } = this.cluster;
    const known = metadata.topics.get(topic);
    const leaderId = known?.partitions[partition]?.leaderId ?? -1;
    if (leaderId >= 0 && metadata.brokers.has(leaderId)) return leaderId;
    if (known === undefined)
      this.cluster.topic(topic, { signal: this.closing.signal }).catch((error) => this.topicFailed(error));
    else this.cluster.refreshInBackground();
    return null;
  }

  private topicFailed(error: unknown): void {
    if (this.closing.signal.aborted || error instanceof DeadlineExceeded) return;
    this.fail(error instanceof Error ? error : new Error(explain(error)));
  }

  private lookAgainAt(atMs: number): void {
    this.wakeUp?.cancel();
    this.wakeUp = this.cluster.clock.setTimer(atMs - this.cluster.clock.monotonicMs(), () => this.fetchMore());
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.reader?.wake();
  }
}

interface Fetched {
  readonly from: PartitionPosition;
  readonly batches: readonly ConsumedBatch[];
  readonly sizeBytes: number;
}

/** Not retriable as a rule, but what a reader that lags behind an election is told. */
const FENCED: ReadonlySet<string> = new Set(["FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH"]);
