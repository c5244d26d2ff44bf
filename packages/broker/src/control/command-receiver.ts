import { type BrokerCommand, type BrokerReply, type ConfigOverrides, LEADER_DURING_DELETE } from "@ottla/controller";
import { Aborted } from "@ottla/runtime";
import type { TopicConfigs } from "../config/topic-configs";

export interface CommandReceiverOptions {
  /** The receiving end proper: one synchronous step. */
  readonly partitions: { apply(command: BrokerCommand): BrokerReply; holds(topic: string): boolean };
  readonly metadata: { topic(name: string): unknown };
  readonly topicConfigs: Pick<TopicConfigs, "has" | "setOverrides" | "forget" | "topics">;
  /** What `/config/topics` says of a topic. */
  readonly readTopicConfig: (topic: string) => Promise<ConfigOverrides>;
  /** Told when the controller no longer relies on a tail that this broker may have lost (replication rule 56). May be told again. */
  readonly onTailSettled: () => void;
}

/**
 * Where the controller's commands arrive, be it from this process or over a session: one at a time, in the order in which they came.
 *
 * The order matters across sessions too: a command that waits for a topic's configuration must not be applied after one that came later.
 */
export class CommandReceiver {
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: CommandReceiverOptions) {}

  /**
   * Applies one command.
   *
   * @param signal aborted when the session that the command came on is over: what has not begun is dropped
   * @throws Aborted
   * @throws CoordinationError when a topic's configuration could not be read; the command changed nothing and should come again
   */
  take(command: BrokerCommand, signal: AbortSignal): Promise<BrokerReply> {
    const turn = this.last.then(() => this.apply(command, signal));
    // The sender of this command hears of its failure; the next one is applied all the same.
    this.last = turn.catch(() => {});
    return turn;
  }

  /** Nothing is applied from here on: the replicas are about to stop. Idempotent. */
  close(): void {
    this.closed = true;
  }

  private async apply(command: BrokerCommand, signal: AbortSignal): Promise<BrokerReply> {
    this.throwIfOver(signal);
    if (command.kind === "leaderAndIsr") await this.readConfigs(command.partitions);
    this.throwIfOver(signal);
    const { partitions, topicConfigs, onTailSettled } = this.options;
    const reply = partitions.apply(command);
    if (reply.error !== "NONE") return reply;
    if (command.kind === "leaderAndIsr" && command.tailSettled) onTailSettled();
    for (const topic of this.withdrawnBy(command)) if (!partitions.holds(topic)) topicConfigs.forget(topic);
    return reply;
  }

  /** Topics of which this broker has less to do after `command`. What it holds of them still goes by their configuration. */
  private withdrawnBy(command: BrokerCommand): Iterable<string> {
    const { metadata, topicConfigs } = this.options;
    if (command.kind === "leaderAndIsr") return [];
    if (command.kind === "stopReplica")
      return command.partitions.filter(({ deleteLog }) => deleteLog).map(({ topic }) => topic);
    // Changes are told of topics that have no replica here, too.
    const perhaps = command.full
      ? topicConfigs.topics()
      : command.partitions.filter(({ leader }) => leader === LEADER_DURING_DELETE).map(({ topic }) => topic);
    return perhaps.filter((topic) => metadata.topic(topic) === undefined);
  }

  private throwIfOver(signal: AbortSignal): void {
    if (signal.aborted || this.closed) throw new Aborted("a command of the controller", signal.reason);
  }

  /** A log is made with its topic's configs from the start, and nobody is notified of those that a topic is created with. */
  private async readConfigs(partitions: readonly { readonly topic: string; readonly isNew: boolean }[]): Promise<void> {
    const { topicConfigs, readTopicConfig } = this.options;
    const unread = partitions.filter(({ topic, isNew }) => isNew || !topicConfigs.has(topic)).map(({ topic }) => topic);
    await Promise.all(
      [...new Set(unread)].map(async (topic) => topicConfigs.setOverrides(topic, await readTopicConfig(topic))),
    );
  }
}
