import type { ErrorName } from "@ottla/protocol";
import type { CommittedOffsets, TopicPartition } from "./machine/committed-offsets";
import type { Group } from "./machine/group";
import type { OffsetsLog } from "./offsets-log";

/** A group that this broker coordinates, and where it is written down. */
export class CoordinatedGroup {
  /** When the timers look at it next; null when they do not. */
  wakeAtMs: number | null = null;

  constructor(
    readonly group: Group,
    readonly offsets: CommittedOffsets,
    readonly log: OffsetsLog,
  ) {}

  get groupId(): string {
    return this.group.groupId;
  }

  /** Whether nothing of it would be missed without these offsets. */
  isDoneWithout(gone: readonly TopicPartition[]): boolean {
    if (this.group.state !== "Empty" || this.group.hasPendingMembers || this.offsets.isBeingWritten) return false;
    const rest = new Set(Array.from(this.offsets.all(), ({ topic, partition }) => `${topic}-${partition}`));
    for (const { topic, partition } of gone) rest.delete(`${topic}-${partition}`);
    return rest.size === 0;
  }
}

/** The groups of one partition of `__consumer_offsets` that this broker leads. */
export class CoordinatedPartition {
  readonly groups = new Map<string, CoordinatedGroup>();
  /** False while the log is being read. */
  isReady = false;
  private readonly ending = new AbortController();

  constructor(readonly log: OffsetsLog) {}

  /** Aborted once the partition is led elsewhere. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  end(): void {
    this.isReady = false;
    this.ending.abort();
  }
}

/** Why a group is not found here. */
export type NotHere = Extract<
  ErrorName,
  "NOT_COORDINATOR" | "COORDINATOR_LOAD_IN_PROGRESS" | "COORDINATOR_NOT_AVAILABLE"
>;
