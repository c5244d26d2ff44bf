import { logDirEvent, ZnodeFormatError } from "@ottla/coordination";
import { explain } from "@ottla/runtime";
import type { LeaderAndIsrCommand, PartitionError } from "./broker-channel";
import type { PartitionRecord } from "./cluster-state";
import type { TermContext } from "./term-context";

/**
 * Log directories that brokers have lost. The notification names only the broker: it is sent all its assignments again, and those that it
 * refuses with KAFKA_STORAGE_ERROR are the replicas that are offline, until it takes such an assignment, or its next incarnation.
 */
export class LogDirFailures {
  constructor(private readonly term: TermContext) {}

  /** Reads the notifications and removes them. */
  async readNotifications(): Promise<void> {
    const { coordination, dispatch, logger } = this.term;
    const names = (await coordination.children(logDirEvent.parent))?.names ?? [];
    const brokers = new Set<number>();
    for (const name of names) {
      const path = `${logDirEvent.parent}/${name}`;
      const node = await coordination.get(path);
      if (node === null) continue;
      try {
        brokers.add(logDirEvent.decode(node.data, path).brokerId);
      } catch (failure) {
        if (!(failure instanceof ZnodeFormatError)) throw failure;
        logger.warn("a notification cannot be understood and is removed", { failure: explain(failure) });
      }
    }
    for (const id of brokers) {
      logger.warn("a broker has lost a log directory", { broker: id });
      dispatch.assignAll(id);
    }
    for (const name of names) {
      await this.term.writes.multi([{ kind: "remove", path: `${logDirEvent.parent}/${name}`, expectedVersion: null }]);
    }
  }

  /**
   * A replica that was offline and takes its assignment works again: what was wrong with it alone has been mended.
   *
   * @returns replicas that are offline no more
   */
  onTaken(brokerId: number, command: LeaderAndIsrCommand, errors: readonly PartitionError[]): PartitionRecord[] {
    const { state } = this.term;
    if (!state.hasOfflineReplicas(brokerId)) return [];
    const refused = new Set(errors.map(({ topic, partition }) => `${topic}-${partition}`));
    return command.partitions.flatMap(({ topic, topicId, partition }) => {
      const record = state.partition(topic, partition);
      if (record?.topic.topicId !== topicId || refused.has(`${topic}-${partition}`)) return [];
      return state.markReplicaOnline(record, brokerId) ? [record] : [];
    });
  }

  /** @returns replicas that are offline from now on */
  onRefused(brokerId: number, command: LeaderAndIsrCommand, errors: readonly PartitionError[]): PartitionRecord[] {
    const { state, logger } = this.term;
    const offline = errors.flatMap(({ topic, partition, error }) => {
      const record = state.partition(topic, partition);
      if (error !== "KAFKA_STORAGE_ERROR" || record === undefined) return [];
      const sent = command.partitions.find((one) => one.topic === topic && one.partition === partition);
      if (sent?.topicId !== record.topic.topicId) return [];
      return state.markReplicaOffline(record, brokerId) ? [record] : [];
    });
    const [first] = offline;
    if (first !== undefined) {
      logger.warn("replicas of a broker are offline", {
        broker: brokerId,
        replicas: offline.length,
        first: `${first.topic.name}-${first.partition}`,
      });
    }
    return offline;
  }
}
