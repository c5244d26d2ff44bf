import { type Coordination, partitionState } from "@ottla/coordination";
import { type Clock, explain, type Logger, type Timer } from "@ottla/runtime";

/** A partition led here. */
export interface LedPartition {
  readonly topic: string;
  readonly index: number;
  readonly leaderEpoch: number;
  readonly log: { readonly topicId: string | null };
}

export interface LeadershipCheckOptions {
  readonly coordination: Pick<Coordination, "get">;
  /** Whether the controller has been out of reach for longer than the grace. */
  readonly isOverdue: () => boolean;
  readonly led: () => Iterable<LedPartition>;
  /** ZooKeeper holds a higher leader epoch: this broker leads the partition no more. */
  readonly onHigherEpoch: (
    partition: LedPartition,
    state: { readonly leader: number; readonly leaderEpoch: number },
  ) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 500;
/** State znodes are read so many at a time. */
const AT_A_TIME = 100;

/**
 * A broker that cannot reach the controller for longer than the grace reads for itself whether it still leads: somebody else may have been
 * elected, and records taken meanwhile with acks=1 would all be lost. Reading may only take a leadership away (replication rule 19).
 */
export class LeadershipCheck {
  private timer: Timer | null = null;
  private closed = false;

  constructor(private readonly options: LeadershipCheckOptions) {}

  start(): void {
    if (this.closed) return;
    this.timer = this.options.clock.setTimer(EVERY_MS, () => void this.check().finally(() => this.start()), {
      background: true,
    });
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private async check(): Promise<void> {
    if (!this.options.isOverdue()) return;
    const led = [...this.options.led()];
    try {
      for (let i = 0; i < led.length && !this.closed; i += AT_A_TIME)
        await Promise.all(led.slice(i, i + AT_A_TIME).map((partition) => this.look(partition)));
    } catch (failure) {
      // Without ZooKeeper nobody can be elected either; it is read again at the next turn.
      this.options.logger.debug("partition states could not be read", { failure: explain(failure) });
    }
  }

  private async look(partition: LedPartition): Promise<void> {
    const path = partitionState.path(partition.topic, partition.index);
    const node = await this.options.coordination.get(path);
    // A deleted topic's partitions are stopped by the controller; a namesake has another topic id and begins at epoch 0.
    if (node === null) return;
    const { leader, leaderEpoch } = partitionState.decode(node.data, path);
    if (leaderEpoch > partition.leaderEpoch) this.options.onHigherEpoch(partition, { leader, leaderEpoch });
  }
}
