import type { Coordination } from "@ottla/coordination";
import type { Clock, Logger, Random } from "@ottla/runtime";
import type { BrokerConfig } from "../config/broker-config";
import type { TopicCreation } from "../control/topic-creation";
import { LimitedWarnings } from "../limited-warnings";
import type { MetadataCache } from "../metadata/metadata-cache";
import type { PartitionManager } from "../partitions/partition-manager";
import { GroupCoordinator } from "./group-coordinator";
import { LegacyOffsets } from "./legacy-offsets";
import { OffsetRetention } from "./offset-retention";
import { OffsetsTopic } from "./offsets-topic";

export interface GroupServicesOptions {
  readonly config: BrokerConfig;
  readonly coordination: Coordination;
  readonly metadata: MetadataCache;
  readonly partitions: Pick<PartitionManager, "observe" | "onPause">;
  readonly createTopics: TopicCreation["create"];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** All that a broker does for consumer groups, wired together. To be started before the controller gives this broker partitions. */
export class GroupServices {
  private constructor(
    readonly coordinator: GroupCoordinator,
    readonly topic: OffsetsTopic,
    readonly legacyOffsets: LegacyOffsets,
    private readonly retention: OffsetRetention,
    private readonly forgetTopics: () => void,
  ) {}

  static start(options: GroupServicesOptions): GroupServices {
    const { coordination, metadata, createTopics, clock, logger } = options;
    const warnings = new LimitedWarnings(clock, logger);
    const topic = new OffsetsTopic({ ...options, warnings, topicCreation: { create: createTopics } });
    const coordinator = new GroupCoordinator({ ...options, warnings, topic });
    const retention = new OffsetRetention({ ...options, coordinator });
    coordinator.start();
    retention.start();
    const forgetTopics = metadata.onTopicDeleted((name) => retention.topicDeleted(name));
    return new GroupServices(coordinator, topic, new LegacyOffsets(coordination, logger), retention, forgetTopics);
  }

  close(): Promise<void> {
    this.forgetTopics();
    this.retention.close();
    this.coordinator.close();
    return Promise.resolve();
  }
}
