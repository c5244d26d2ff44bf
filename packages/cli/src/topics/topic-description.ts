import type { ConfigEntry, PartitionMetadata, Reassignment, TopicMetadata } from "@ottla/client";

/** What `--describe` shows of a topic. */
export interface TopicDescription {
  readonly topic: TopicMetadata;
  /** Those that are not the default, in the broker's order. */
  readonly configs: readonly ConfigEntry[];
  readonly reassignments: readonly Reassignment[];
}

/** Which partitions to show. */
export type HealthFilter = "under-replicated" | "unavailable" | "under-min-isr" | "at-min-isr";

/** The partitions with the given trouble; all of them without a filter. */
export function partitionsWith(
  description: TopicDescription,
  filter: HealthFilter | null,
  live: ReadonlySet<number>,
  minInSync: number,
): PartitionMetadata[] {
  return description.topic.partitions.filter((partition) => {
    const { isr, leaderId, replicas } = partition;
    const moving = reassignmentOf(description, partition);
    switch (filter) {
      case null:
        return true;
      case "under-replicated":
        // Replicas that are being added are not missed yet.
        return isr.length < replicas.length - (moving?.addingReplicas.length ?? 0);
      case "unavailable":
        return leaderId < 0 || !live.has(leaderId);
      case "under-min-isr":
        return isr.length < minInSync;
      case "at-min-isr":
        return isr.length === minInSync;
    }
  });
}

/** `Topic: t⇥TopicId: …⇥PartitionCount: …⇥ReplicationFactor: …⇥Configs: …` */
export function summaryLine(description: TopicDescription): string {
  const { topic, configs } = description;
  const overrides = configs.map(({ name, value }) => `${name}=${value}`).join(",");
  const parts = [`Topic: ${topic.name}`];
  if (topic.topicId !== null) parts.push(`TopicId: ${topic.topicId}`);
  parts.push(`PartitionCount: ${topic.partitions.length}`);
  parts.push(`ReplicationFactor: ${replicationFactorOf(description)}`);
  parts.push(`Configs: ${overrides}`);
  return parts.join("\t");
}

/** `⇥Topic: t⇥Partition: 0⇥Leader: 1⇥Replicas: 1,2⇥Isr: 1,2⇥Elr: N/A⇥LastKnownElr: N/A` */
export function partitionLine(
  description: TopicDescription,
  partition: PartitionMetadata,
  live: ReadonlySet<number>,
): string {
  const { leaderId, replicas, isr } = partition;
  const moving = reassignmentOf(description, partition);
  const parts = [
    "",
    `Topic: ${description.topic.name}`,
    `Partition: ${partition.partition}`,
    `Leader: ${leaderId >= 0 && live.has(leaderId) ? leaderId : "none"}`,
    `Replicas: ${replicas.join(",")}`,
    `Isr: ${isr.join(",")}`,
  ];
  if (moving !== undefined) {
    parts.push(`Adding Replicas: ${moving.addingReplicas.join(",")}`);
    parts.push(`Removing Replicas: ${moving.removingReplicas.join(",")}`);
  }
  // Eligible leader replicas exist only in clusters without ZooKeeper.
  parts.push("Elr: N/A", "LastKnownElr: N/A");
  return parts.join("\t");
}

/** For `--json`: what the lines say, and the leader epochs and sources that they have no room for. */
export function descriptionJson(description: TopicDescription, partitions: readonly PartitionMetadata[]): unknown {
  const { topic, configs } = description;
  return {
    topic: topic.name,
    topicId: topic.topicId,
    internal: topic.isInternal,
    partitionCount: topic.partitions.length,
    replicationFactor: replicationFactorOf(description),
    configs: Object.fromEntries(configs.map(({ name, value, source }) => [name, { value, source }])),
    partitions: partitions.map((partition) => {
      const moving = reassignmentOf(description, partition);
      return {
        partition: partition.partition,
        leader: partition.leaderId < 0 ? null : partition.leaderId,
        leaderEpoch: partition.leaderEpoch,
        replicas: partition.replicas,
        isr: partition.isr,
        offlineReplicas: partition.offlineReplicas,
        addingReplicas: moving?.addingReplicas ?? [],
        removingReplicas: moving?.removingReplicas ?? [],
      };
    }),
  };
}

/** Of the first partition, without what is being added to it. */
function replicationFactorOf(description: TopicDescription): number {
  const first = description.topic.partitions[0];
  if (first === undefined) return 0;
  return first.replicas.length - (reassignmentOf(description, first)?.addingReplicas.length ?? 0);
}

function reassignmentOf(
  { reassignments }: TopicDescription,
  { partition }: PartitionMetadata,
): Reassignment | undefined {
  return reassignments.find((one) => one.partition === partition);
}
