import type { BrokerInfo } from "@ottla/controller";
import type { Partition } from "./partition";

/** Hears what happens to the replicas of this broker. Called from within their steps: collect, and act at the end of the tick. */
export interface ReplicaObserver {
  /** A leader epoch began here, as leader or as follower. */
  onRole(partition: Partition): void;
  /** Same leader epoch, newer ISR or replicas. */
  onAdopted(partition: Partition): void;
  /** The topic's configuration may have changed. */
  onConfigChanged(partition: Partition): void;
  /** The replica is not served here any more. */
  onStopped(partition: Partition): void;
  /** The leader's log got longer. */
  onAppended(partition: Partition): void;
  /** The leader's high watermark or log start moved. */
  onProgress(partition: Partition): void;
  /** Everything that this tick collected has been written. */
  onTickWritten(): void;
  /** The controller told of brokers: where they are, and which incarnation. */
  onBrokers(brokers: readonly BrokerInfo[]): void;
}
