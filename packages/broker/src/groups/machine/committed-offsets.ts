import type { GroupState } from "./group";
import { PendingTransactionalOffsets } from "./pending-transactional-offsets";
import { CONSUMER_PROTOCOL_TYPE } from "./subscriptions";

/** How far a group has consumed a partition. */
export interface CommittedOffset {
  readonly offset: number;
  /** Of the last record consumed; -1 when the client did not say. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  /** Milliseconds since the epoch. */
  readonly commitTimestampMs: number;
  /** A moment after which it goes, whatever the broker's retention says; null when the client named none (OffsetCommit 2 to 4 may). */
  readonly expireTimestampMs: number | null;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What retention has to know of a group. */
export interface RetentionGround {
  readonly state: GroupState;
  readonly protocolType: string | null;
  readonly stateSinceMs: number | null;
  /** What members are subscribed to; null when that is not known. */
  readonly subscribedTopics: ReadonlySet<string> | null;
}

/** The offsets a group has committed, and those on their way. Of one partition the newest record of the log counts. */
export class CommittedOffsets {
  private readonly byTopic = new Map<string, Map<number, Stored>>();
  /** How many commits of a partition are being written. */
  private readonly pending = new Map<string, number>();
  /** What transactions have written and not decided. */
  readonly transactional = new PendingTransactionalOffsets();

  get isEmpty(): boolean {
    return this.byTopic.size === 0;
  }
  /** Whether nothing is stored and nothing on its way. */
  get isUnused(): boolean {
    return this.isEmpty && !this.isBeingWritten;
  }
  get isBeingWritten(): boolean {
    return this.pending.size > 0 || !this.transactional.isEmpty;
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.byTopic.get(topic)?.get(partition)?.committed;
  }

  *all(): Iterable<TopicPartition & { readonly committed: CommittedOffset }> {
    for (const [topic, partitions] of this.byTopic) {
      for (const [partition, { committed }] of partitions) yield { topic, partition, committed };
    }
  }

  /** A commit is being written: retention leaves the partition alone until `settled`. */
  begun(at: TopicPartition): void {
    const key = keyOf(at);
    this.pending.set(key, (this.pending.get(key) ?? 0) + 1);
  }

  /** The write has come to its end, well or badly. */
  settled(at: TopicPartition): void {
    const key = keyOf(at);
    const left = (this.pending.get(key) ?? 0) - 1;
    if (left > 0) this.pending.set(key, left);
    else this.pending.delete(key);
  }

  /** A record of the log says this. @param logOffset where it lies: what lies further on is newer, and stays */
  apply({ topic, partition }: TopicPartition, committed: CommittedOffset, logOffset: number): void {
    let partitions = this.byTopic.get(topic);
    if (partitions === undefined) this.byTopic.set(topic, (partitions = new Map()));
    const stored = partitions.get(partition);
    if (stored === undefined || stored.logOffset <= logOffset) partitions.set(partition, { committed, logOffset });
  }

  /** @param before what lies at this offset of the log, or beyond it, is newer than the removal and stays */
  remove({ topic, partition }: TopicPartition, before = Number.POSITIVE_INFINITY): void {
    const partitions = this.byTopic.get(topic);
    const stored = partitions?.get(partition);
    if (partitions === undefined || stored === undefined || stored.logOffset >= before) return;
    partitions.delete(partition);
    if (partitions.size === 0) this.byTopic.delete(topic);
  }

  /**
   * What retention takes: of a group that had members and is empty, everything once it has been so for `retentionMs`; of consumers at
   * work, what nobody is subscribed to and was committed that long ago; of a group that only stores offsets, what was committed that long
   * ago. A group in a rebalance keeps all (KIP-211).
   */
  expired(group: RetentionGround, nowMs: number, retentionMs: number): TopicPartition[] {
    const age = ageIn(group, nowMs);
    if (age === null) return [];
    const expired: TopicPartition[] = [];
    for (const { topic, partition, committed } of this.all()) {
      const isInUse = group.state === "Stable" && group.subscribedTopics?.has(topic) === true;
      if (isInUse || this.isPending({ topic, partition })) continue;
      const { expireTimestampMs } = committed;
      const isOver = expireTimestampMs === null ? age(committed) >= retentionMs : nowMs >= expireTimestampMs;
      if (isOver) expired.push({ topic, partition });
    }
    return expired;
  }

  private isPending(at: TopicPartition): boolean {
    return this.pending.has(keyOf(at)) || this.transactional.has(at.topic, at.partition);
  }
}

/** How long an offset has been of no use; null where a group's offsets are all in use. */
function ageIn(group: RetentionGround, nowMs: number): ((committed: CommittedOffset) => number) | null {
  const sinceCommit = (committed: CommittedOffset) => nowMs - committed.commitTimestampMs;
  if (group.protocolType === null) return sinceCommit;
  if (group.state === "Empty") return (committed) => nowMs - (group.stateSinceMs ?? committed.commitTimestampMs);
  const isKnown = group.protocolType === CONSUMER_PROTOCOL_TYPE && group.subscribedTopics !== null;
  return isKnown && group.state === "Stable" ? sinceCommit : null;
}

interface Stored {
  readonly committed: CommittedOffset;
  readonly logOffset: number;
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
