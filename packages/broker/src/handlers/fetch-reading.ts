import type { ErrorName } from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import type { ReadOutcome } from "@ottla/storage";
import type { FollowerPosition } from "../partition/partition-leader";
import { preferredReadReplica, type ReadableReplica } from "../partition/preferred-read-replica";
import type { FetchSessionPartition } from "../partitions/fetch-session";
import type { Partition } from "../partitions/partition";
import type { BrokerServices } from "../services";

/** What one Fetch found in one partition. Offsets are -1 with an error. */
export interface PartitionReading {
  readonly asked: FetchSessionPartition;
  /** Null when the request's topic id is not known here. */
  readonly topicName: string | null;
  /** The replica it was read from; null with an error. */
  readonly partition: Partition | null;
  readonly error: ErrorName;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | null;
  /** Broker that the consumer should rather read from; -1 when this one serves it (KIP-392). */
  readonly preferredReadReplica: number;
  /** Null unless only committed transactions are to be seen. */
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null;
  readonly records: readonly Buffer[];
  readonly sizeBytes: number;
}

export interface FetchReadingOptions {
  readonly services: BrokerServices;
  readonly signal: AbortSignal;
  readonly apiVersion: number;
  readonly usesTopicIds: boolean;
  readonly isFollower: boolean;
  readonly readCommitted: boolean;
  /** Where the consumer stands; empty when it does not say. */
  readonly rackId: string;
  readonly listenerName: string;
  /** Bound on all records of the answer, except that the first batch found is always whole. */
  readonly maxBytes: number;
}

/**
 * Reads the partitions of one Fetch in the order of the request, each within what the ones before it left of the limit.
 *
 * Warm ranges are read in the same step; a range that must come from the device is awaited. May be read again, which gives back
 * what the reading before held.
 */
export class FetchReading {
  private readings: PartitionReading[] = [];
  private held: (() => void)[] = [];
  private totalBytes = 0;

  constructor(
    private readonly partitions: readonly FetchSessionPartition[],
    private readonly options: FetchReadingOptions,
  ) {}

  /** @throws Aborted when the signal ends the wait for the device */
  read(): readonly PartitionReading[] | Promise<readonly PartitionReading[]> {
    this.release();
    this.readings = [];
    this.totalBytes = 0;
    const rest = this.readFrom(0);
    return rest === null ? this.readings : rest.then(() => this.readings);
  }

  /** What the last reading found. */
  get found(): readonly PartitionReading[] {
    return this.readings;
  }

  get sizeBytes(): number {
    return this.totalBytes;
  }

  /** Whether there is a reason to answer now: enough records, or something that waiting does not mend. */
  isWorthAnswering(minBytes: number): boolean {
    if (this.readings.length === 0 || this.totalBytes >= minBytes) return true;
    return this.readings.some(
      (reading) => reading.error !== "NONE" || reading.divergingEpoch !== null || reading.preferredReadReplica >= 0,
    );
  }

  /** Gives pooled buffers back. Records of the last reading must not be looked at afterwards. */
  release(): void {
    const { held } = this;
    this.held = [];
    for (const release of held) release();
  }

  private readFrom(start: number): Promise<void> | null {
    for (let at = start; at < this.partitions.length; at++) {
      const asked = this.partitions[at];
      if (asked === undefined) break;
      const cold = this.readOne(asked);
      if (cold !== null) return cold.then(() => this.readFrom(at + 1) ?? undefined);
    }
    return null;
  }

  private readOne(asked: FetchSessionPartition): Promise<void> | null {
    const { services, usesTopicIds, isFollower, apiVersion } = this.options;
    const topicName = usesTopicIds ? (services.metadata.topicNameOf(asked.topic) ?? null) : asked.topic;
    const fail = (error: ErrorName): null => {
      this.readings.push(failedReading(asked, topicName, error));
      return null;
    };
    if (topicName === null) return fail("UNKNOWN_TOPIC_ID");
    const partition = services.partitions.find(topicName, asked.index);
    if (typeof partition === "string") return fail(partition);
    if (usesTopicIds && partition.log.topicId !== null && partition.log.topicId !== asked.topic) {
      return fail("INCONSISTENT_TOPIC_ID");
    }
    // Brokers replicate over streams of their own: whoever fetches as a follower is none that is known here.
    if (isFollower) return fail(asked.currentLeaderEpoch >= 0 ? "UNKNOWN_LEADER_EPOCH" : "NOT_LEADER_OR_FOLLOWER");
    // Older consumers do not know that anyone but the leader may serve them.
    const mayBeFollower = apiVersion >= RACK_VERSION;
    const error = mayBeFollower
      ? partition.checkRead(asked.currentLeaderEpoch)
      : partition.check(asked.currentLeaderEpoch);
    if (error !== "NONE") return fail(error);
    if (apiVersion < ZSTD_VERSION && partition.produceRules.compressionType === "zstd") {
      return fail("UNSUPPORTED_COMPRESSION_TYPE");
    }
    if (apiVersion < MAGIC_2_VERSION) return fail("UNSUPPORTED_VERSION");
    return this.readFound(asked, topicName, partition);
  }

  private readFound(asked: FetchSessionPartition, topicName: string, partition: Partition): Promise<void> | null {
    const { log, leaderEpoch } = partition;
    const fail = (error: ErrorName): null => {
      this.readings.push(failedReading(asked, topicName, error));
      return null;
    };
    const diverging = divergence(partition, asked);
    if (diverging === "OFFSET_OUT_OF_RANGE") return fail(diverging);
    if (diverging === null && (asked.fetchOffset < log.logStartOffset || asked.fetchOffset > log.logEndOffset)) {
      return fail("OFFSET_OUT_OF_RANGE");
    }
    const preferredReadReplica = diverging === null ? this.preferredReadReplica(asked, topicName, partition) : -1;
    const upperBound = this.options.readCommitted ? log.lastStableOffset : log.highWatermark;
    const budget = Math.max(0, this.options.maxBytes - this.totalBytes);
    const minOneBatch = this.totalBytes === 0;
    const request = {
      offset: asked.fetchOffset,
      maxBytes: Math.max(0, Math.min(asked.maxBytes, budget)),
      upperBound,
      minOneBatch,
    };
    const hasNothing =
      diverging !== null ||
      preferredReadReplica >= 0 ||
      asked.fetchOffset >= upperBound ||
      (request.maxBytes === 0 && !minOneBatch);
    const found = (outcome: ReadOutcome): null => {
      if (outcome.kind === "outOfRange") return fail("OFFSET_OUT_OF_RANGE");
      if (outcome.kind === "damaged") return fail(partition.damageError);
      const records = outcome.kind === "records" ? outcome.slices : [];
      const sizeBytes = outcome.kind === "records" ? outcome.sizeBytes : 0;
      if (outcome.kind === "records") this.held.push(() => outcome.release());
      this.totalBytes += sizeBytes;
      this.readings.push({
        asked,
        topicName,
        partition,
        error: "NONE",
        highWatermark: log.highWatermark,
        lastStableOffset: log.lastStableOffset,
        logStartOffset: log.logStartOffset,
        divergingEpoch: diverging,
        preferredReadReplica,
        abortedTransactions: this.options.readCommitted ? abortedIn(partition, asked, outcome) : null,
        records,
        sizeBytes,
      });
      return null;
    };
    if (hasNothing) return found({ kind: "empty" });
    const storageError = (error: unknown): null => {
      if (!(error instanceof DiskError)) throw error;
      this.options.services.logger.error("read failed", { topic: topicName, partition: asked.index, error });
      return fail("KAFKA_STORAGE_ERROR");
    };
    try {
      if (!log.isCold(asked.fetchOffset)) return found(log.read(request));
    } catch (error) {
      return storageError(error);
    }
    return log.readCold(request, this.options.signal).then(
      (outcome) => {
        if (partition.leaderEpoch === leaderEpoch) return void found(outcome);
        // Another epoch began while the device was busy: what was read may have been cut off since.
        if (outcome.kind === "records") outcome.release();
        fail("NOT_LEADER_OR_FOLLOWER");
      },
      (error: unknown) => void storageError(error),
    );
  }

  /** Only the leader sends consumers elsewhere; `replica.selector.class` says whether. */
  private preferredReadReplica(asked: FetchSessionPartition, topicName: string, partition: Partition): number {
    const { services, rackId, listenerName } = this.options;
    const { leader, log } = partition;
    if (leader === null || rackId === "" || !isRackAware(services.config.get("replica.selector.class"))) return -1;
    const { metadata, brokerId } = services;
    const at = (position: FollowerPosition): ReadableReplica => ({
      ...position,
      rack: metadata.broker(position.brokerId)?.rack ?? null,
    });
    const { offlineReplicas = [] } = metadata.partition(topicName, asked.index) ?? {};
    const followers: ReadableReplica[] = [];
    for (const position of leader.readableFollowers()) {
      const isReachable = metadata.endpointOf(position.brokerId, listenerName) !== undefined;
      if (isReachable && !offlineReplicas.includes(position.brokerId)) followers.push(at(position));
    }
    const own = at({ brokerId, logEndOffset: log.logEndOffset, logStartOffset: log.logStartOffset });
    return preferredReadReplica(rackId, asked.fetchOffset, own, followers) ?? -1;
  }
}

function isRackAware(selectorClass: string | null): boolean {
  return selectorClass?.endsWith("RackAwareReplicaSelector") ?? false;
}

const MAGIC_2_VERSION = 4;
const ZSTD_VERSION = 10;
const RACK_VERSION = 11;

/** Compares the reader's last epoch with ours (KIP-595). Null when its log is a prefix of ours, or it does not say. */
function divergence(
  { log }: Partition,
  { lastFetchedEpoch, fetchOffset }: FetchSessionPartition,
): { readonly epoch: number; readonly endOffset: number } | "OFFSET_OUT_OF_RANGE" | null {
  if (lastFetchedEpoch < 0) return null;
  const { epoch, endOffset } = log.endOffsetFor(lastFetchedEpoch);
  if (epoch < 0 || endOffset < 0 || fetchOffset < log.logStartOffset) return "OFFSET_OUT_OF_RANGE";
  return epoch < lastFetchedEpoch || endOffset < fetchOffset ? { epoch, endOffset } : null;
}

function abortedIn({ log }: Partition, { fetchOffset }: FetchSessionPartition, outcome: ReadOutcome) {
  if (outcome.kind !== "records") return [];
  return log.abortedTransactions(fetchOffset, outcome.nextOffset).map(({ producerId, firstOffset }) => ({
    producerId,
    firstOffset: BigInt(firstOffset),
  }));
}

function failedReading(asked: FetchSessionPartition, topicName: string | null, error: ErrorName): PartitionReading {
  return {
    asked,
    topicName,
    partition: null,
    error,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: null,
    preferredReadReplica: -1,
    abortedTransactions: null,
    records: [],
    sizeBytes: 0,
  };
}
