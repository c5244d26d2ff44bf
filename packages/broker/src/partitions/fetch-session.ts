/** One partition as a Fetch names it. */
export interface RequestedPartition {
  /** The topic's name, or its id where the session uses ids. */
  readonly topic: string;
  readonly index: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  /** -1: not said. */
  readonly currentLeaderEpoch: number;
  /** -1: not said. */
  readonly lastFetchedEpoch: number;
}

/** A partition of a session, with what its client was last told; -1 where it has to be told again. */
export interface FetchSessionPartition extends RequestedPartition {
  highWatermark: number;
  logStartOffset: number;
}

/** What a Fetch found out about one partition, as far as a session must know. */
export interface PartitionNews {
  readonly isError: boolean;
  readonly recordsSizeBytes: number;
  /** -1 with an error. */
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly hasDivergingEpoch: boolean;
}

/** What one client fetches, remembered between its requests. */
export class FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  readonly isPrivileged: boolean;
  readonly createdAtMs: number;
  usedAtMs: number;
  private epoch = 1;
  /** In the order of service: whoever got records goes to the back. */
  private readonly byKey = new Map<string, FetchSessionPartition>();

  constructor(options: {
    readonly id: number;
    readonly usesTopicIds: boolean;
    readonly isPrivileged: boolean;
    readonly partitions: readonly FetchSessionPartition[];
    readonly nowMs: number;
  }) {
    this.id = options.id;
    this.usesTopicIds = options.usesTopicIds;
    this.isPrivileged = options.isPrivileged;
    this.createdAtMs = options.nowMs;
    this.usedAtMs = options.nowMs;
    for (const partition of options.partitions) this.byKey.set(keyOf(partition), partition);
  }

  get size(): number {
    return this.byKey.size;
  }

  partitions(): readonly FetchSessionPartition[] {
    return [...this.byKey.values()];
  }

  /** Takes a request's epoch. @returns false when it is not the next one: a request was lost, doubled or overtaken */
  take(epoch: number, nowMs: number): boolean {
    if (epoch !== this.epoch) return false;
    this.epoch = epoch === EPOCH_MAX ? 1 : epoch + 1;
    this.usedAtMs = nowMs;
    return true;
  }

  /** Changes and adds what a request names, drops what it forgets. */
  update(changed: readonly RequestedPartition[], forgotten: readonly { topic: string; index: number }[]): void {
    for (const partition of changed) {
      const key = keyOf(partition);
      const known = this.byKey.get(key);
      this.byKey.set(key, {
        ...partition,
        highWatermark: known?.highWatermark ?? -1,
        logStartOffset: known?.logStartOffset ?? -1,
      });
    }
    for (const partition of forgotten) this.byKey.delete(keyOf(partition));
  }

  /**
   * Whether the client must hear of `partition`; notes what it is told.
   *
   * Errors are always told, and make the next answer without one news as well.
   */
  isNews(partition: FetchSessionPartition, news: PartitionNews): boolean {
    const changed =
      news.isError ||
      news.hasDivergingEpoch ||
      news.recordsSizeBytes > 0 ||
      news.highWatermark !== partition.highWatermark ||
      news.logStartOffset !== partition.logStartOffset;
    noteTold(partition, news);
    if (news.recordsSizeBytes > 0) {
      const key = keyOf(partition);
      this.byKey.delete(key);
      this.byKey.set(key, partition);
    }
    return changed;
  }
}

/** Remembers what a client has been told about a partition. */
export function noteTold(partition: FetchSessionPartition, news: PartitionNews): void {
  partition.highWatermark = news.highWatermark;
  partition.logStartOffset = news.logStartOffset;
}

const EPOCH_MAX = 0x7fffffff;

function keyOf(partition: { readonly topic: string; readonly index: number }): string {
  return `${partition.index}/${partition.topic}`;
}
