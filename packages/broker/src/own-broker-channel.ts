import type { BrokerChannel, BrokerCommand, BrokerReply, ConfigStore } from "@ottla/controller";
import { Aborted } from "@ottla/runtime";
import type { TopicConfigs } from "./config/topic-configs";
import type { PartitionManager } from "./partitions/partition-manager";

/**
 * The way from the controller to the broker it runs in: a call. Other brokers cannot be reached yet.
 */
export class OwnBrokerChannel implements BrokerChannel {
  constructor(
    private readonly options: {
      readonly brokerId: number;
      readonly partitions: PartitionManager;
      readonly topicConfigs: TopicConfigs;
      readonly configStore: ConfigStore;
    },
  ) {}

  async send(brokerId: number, command: BrokerCommand, signal: AbortSignal): Promise<BrokerReply> {
    if (brokerId !== this.options.brokerId) throw new Error(`broker ${brokerId} cannot be reached from here`);
    if (command.kind === "leaderAndIsr") await this.readConfigs(command.partitions);
    if (signal.aborted) throw new Aborted("a command of the controller", signal.reason);
    const reply = this.options.partitions.apply(command);
    if (command.kind === "stopReplica")
      for (const { topic, deleteLog } of command.partitions) if (deleteLog) this.options.topicConfigs.forget(topic);
    return reply;
  }

  /** A log is made with its topic's configs from the start, and nobody is notified of those that a topic is created with. */
  private async readConfigs(partitions: readonly { readonly topic: string; readonly isNew: boolean }[]): Promise<void> {
    const { topicConfigs, configStore } = this.options;
    const unread = partitions.filter(({ topic, isNew }) => isNew || !topicConfigs.has(topic)).map(({ topic }) => topic);
    for (const topic of new Set(unread))
      topicConfigs.setOverrides(topic, await configStore.read({ type: "topics", name: topic }));
  }
}
