import type { TopicCreation as TopicRequest } from "@ottla/controller";
import type { BrokerConfig } from "../config/broker-config";
import type { TopicCreation } from "../control/topic-creation";
import { GROUP_OFFSETS_TOPIC } from "../handlers/internal-topics";
import type { LimitedWarnings } from "../limited-warnings";
import type { MetadataCache } from "../metadata/metadata-cache";
import { groupPartition } from "./machine/group-partition";

export interface OffsetsTopicOptions {
  readonly config: BrokerConfig;
  readonly metadata: MetadataCache;
  readonly topicCreation: Pick<TopicCreation, "create">;
  readonly warnings: LimitedWarnings;
}

/** `__consumer_offsets`: made when the first client asks for a coordinator. */
export class OffsetsTopic {
  constructor(private readonly options: OffsetsTopicOptions) {}

  get exists(): boolean {
    return this.options.metadata.topic(GROUP_OFFSETS_TOPIC) !== undefined;
  }

  /** The partition whose leader coordinates the group. */
  partitionOf(groupId: string): number {
    const { config, metadata } = this.options;
    const present = metadata.topic(GROUP_OFFSETS_TOPIC)?.partitions.size ?? 0;
    return groupPartition(groupId, present > 0 ? present : config.get("offsets.topic.num.partitions"));
  }

  /** The broker that coordinates the group; -1 while nobody is known to. */
  coordinatorOf(groupId: string): number {
    return this.options.metadata.partition(GROUP_OFFSETS_TOPIC, this.partitionOf(groupId))?.leader ?? -1;
  }

  /** Has it made if it is not there. Does not wait for its leaders: the client is told to come back. */
  async ensure(): Promise<void> {
    if (this.exists) return;
    const { topicCreation, config, metadata, warnings } = this.options;
    const error = (await topicCreation.create([GROUP_OFFSETS_TOPIC])).get(GROUP_OFFSETS_TOPIC);
    if (error !== "INVALID_REPLICATION_FACTOR") return;
    warnings.warn(
      "consumer groups wait: too few brokers live for the offsets topic; start more of them, or set offsets.topic.replication.factor to how many there are",
      {
        topic: GROUP_OFFSETS_TOPIC,
        replicationFactor: config.get("offsets.topic.replication.factor"),
        liveBrokers: metadata.brokers().length,
      },
    );
  }
}

/** How `__consumer_offsets` is to be made, by this broker's configuration. */
export function offsetsTopicRequest(config: BrokerConfig): TopicRequest {
  return {
    name: GROUP_OFFSETS_TOPIC,
    partitions: config.get("offsets.topic.num.partitions"),
    replicationFactor: config.get("offsets.topic.replication.factor"),
    assignments: [],
    configs: [
      { name: "cleanup.policy", value: "compact" },
      { name: "compression.type", value: "producer" },
      { name: "segment.bytes", value: String(config.get("offsets.topic.segment.bytes")) },
    ],
  };
}
