import type { Clock, Logger, Timer } from "@ottla/runtime";
import { explain } from "@ottla/runtime";
import type { BrokerConfig } from "../config/broker-config";
import type { GroupCoordinator } from "./group-coordinator";

export interface OffsetRetentionOptions {
  readonly coordinator: GroupCoordinator;
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Removes offsets that nobody has used for `offsets.retention.minutes`, and groups that nothing is left of (KIP-211). */
export class OffsetRetention {
  private timer: Timer | null = null;
  private isClosed = false;

  constructor(private readonly options: OffsetRetentionOptions) {}

  start(): void {
    const { config, clock, logger } = this.options;
    if (this.isClosed) return;
    this.timer = clock.setTimer(
      config.get("offsets.retention.check.interval.ms"),
      () => {
        this.look()
          .catch((failure: unknown) => logger.error("offsets could not be expired", { failure: explain(failure) }))
          .finally(() => this.start());
      },
      { background: true },
    );
  }

  close(): void {
    this.isClosed = true;
    this.timer?.cancel();
  }

  /** Nobody will consume it any more: its offsets go. */
  topicDeleted(topic: string): void {
    this.removeTopic(topic).catch((failure: unknown) => {
      this.options.logger.error("offsets of a deleted topic stay", { topic, failure: explain(failure) });
    });
  }

  private async removeTopic(topic: string): Promise<void> {
    const { coordinator } = this.options;
    for (const { groups } of coordinator.readyPartitions()) {
      for (const coordinated of groups.values()) {
        const gone = [...coordinated.offsets.all()].filter((at) => at.topic === topic);
        if (gone.length > 0) await coordinator.forget(coordinated, gone);
      }
    }
  }

  /** Looks at every group once, one after the other. */
  async look(): Promise<void> {
    const { coordinator, config, clock, logger } = this.options;
    const retentionMs = config.get("offsets.retention.minutes") * 60_000;
    let removed = 0;
    for (const { groups } of coordinator.readyPartitions()) {
      for (const coordinated of groups.values()) {
        if (this.isClosed) return;
        const expired = coordinated.offsets.expired(coordinated.group, clock.nowMs(), retentionMs);
        if (expired.length === 0 && !coordinated.isDoneWithout([])) continue;
        if ((await coordinator.forget(coordinated, expired)) === "NONE") removed += expired.length;
      }
    }
    if (removed > 0) logger.info("old offsets removed", { offsets: removed });
  }
}
