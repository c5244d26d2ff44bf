import {
  CoordinationError,
  deleteTopic,
  entityConfig,
  type Operation,
  partitionState,
  topic as topicNode,
} from "@ottla/coordination";
import { invariant } from "@ottla/runtime";
import type { PartitionError, StoppedReplica } from "./broker-channel";
import type { PartitionRecord, TopicRecord } from "./cluster-state";
import { type ReplicaPhase, replicaMayGo } from "./decisions/lifecycle";
import { withReplicaDeleted } from "./decisions/partition-state";
import { isMoving } from "./decisions/reassignment";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import { readPartitionState } from "./partition-state-store";
import type { TermContext } from "./term-context";

const OPERATIONS_PER_MULTI_MAX = 100;

/** One topic on its way out. */
interface Deletion {
  readonly topic: TopicRecord;
  /** Replicas by partition and broker. */
  readonly replicas: Replica[];
}

interface Replica {
  readonly partition: PartitionRecord;
  readonly brokerId: number;
  phase: ReplicaPhase;
}

/**
 * Topics marked for deletion: clients lose sight of them, every replica is taken offline and its log removed, then the znodes go. A
 * replica whose broker is not there holds its topic's deletion up until it comes back.
 */
export class TopicDeletions {
  private readonly deletions = new Map<string, Deletion>();

  constructor(
    private readonly term: TermContext,
    /** Told when a topic's last node is gone. */
    private readonly onRemoved: (topic: string) => void,
  ) {}

  has(topic: string): boolean {
    return this.deletions.has(topic);
  }

  /** Whether the topic is on its way out. One that is marked and still being reassigned lives on until that is done. */
  isUnderWay(topic: string): boolean {
    const deletion = this.deletions.get(topic);
    return deletion !== undefined && !isBeingReassigned(deletion.topic);
  }

  /** Forgets everything: the state is about to be read again. */
  clear(): void {
    this.deletions.clear();
  }

  /** Reads the marks and takes the deletions as far as it goes. */
  async readMarks(): Promise<void> {
    await this.collect();
    await this.resume();
  }

  /** Reads the marks. Those of topics that are not there are removed, all of them where deletion is disabled. */
  async collect(): Promise<void> {
    const { coordination, state, config, logger } = this.term;
    const names = (await coordination.children(deleteTopic.parent))?.names ?? [];
    for (const name of names) {
      if (this.deletions.has(name)) continue;
      const topic = state.topics.get(name);
      if (topic !== undefined && config.deleteTopicEnable) {
        this.begin(topic);
        continue;
      }
      // The mark may be older than what we know of the topics: a topic that is there after all keeps it.
      if (topic === undefined && (await coordination.get(topicNode.path(name))) !== null) continue;
      logger.info("a mark for deletion is removed", { topic: name, exists: topic !== undefined });
      await this.term.writes.multi([{ kind: "remove", path: deleteTopic.path(name), expectedVersion: null }]);
      this.onRemoved(name);
    }
  }

  /** Takes every deletion as far as the live brokers allow. */
  async resume(): Promise<void> {
    for (const deletion of this.deletions.values()) await this.advance(deletion);
  }

  /** A broker has stopped replicas, or could not. */
  async onStopped(
    brokerId: number,
    stopped: readonly StoppedReplica[],
    errors: readonly PartitionError[],
  ): Promise<void> {
    const touched = new Set<Deletion>();
    for (const { topic, topicId, partition } of stopped) {
      const deletion = this.deletions.get(topic);
      if (deletion?.topic.topicId !== topicId) continue;
      const replica = deletion.replicas.find((r) => r.brokerId === brokerId && r.partition.partition === partition);
      if (replica?.phase !== "DeletionStarted") continue;
      // A broker that does not know the replica has no log of it.
      const failed = errors.find(
        (e) => e.topic === topic && e.partition === partition && e.error !== "UNKNOWN_TOPIC_OR_PARTITION",
      );
      if (failed !== undefined) {
        this.term.logger.warn("a replica could not be deleted", {
          topic,
          partition,
          broker: brokerId,
          error: failed.error,
        });
      }
      go(replica, failed === undefined ? "DeletionSuccessful" : "DeletionIneligible");
      touched.add(deletion);
    }
    for (const deletion of touched) await this.finishIfDone(deletion);
  }

  /** A broker's session or incarnation has ended: what it was asked to delete is not known to be deleted. */
  onBrokerGone(brokerId: number): void {
    for (const { replicas } of this.deletions.values()) {
      for (const replica of replicas) {
        if (replica.brokerId === brokerId && replica.phase === "DeletionStarted") go(replica, "DeletionIneligible");
      }
    }
  }

  private begin(topic: TopicRecord): void {
    const replicas = [...topic.partitions.values()].flatMap((partition) =>
      partition.replicas.map((brokerId): Replica => ({ partition, brokerId, phase: "Online" })),
    );
    this.deletions.set(topic.name, { topic, replicas });
    this.term.logger.info("deleting topic", { topic: topic.name, topicId: topic.topicId });
  }

  private async advance(deletion: Deletion): Promise<void> {
    const { state, dispatch } = this.term;
    if (isBeingReassigned(deletion.topic)) return;
    dispatch.topicGone(deletion.topic);

    const due = deletion.replicas.filter((r) => r.phase === "Online" || r.phase === "DeletionIneligible");
    const live = due.filter((replica) => state.isConnected(replica.brokerId));
    for (const replica of due) {
      if (state.isConnected(replica.brokerId)) continue;
      if (replica.phase === "Online") go(replica, "Offline");
      if (replica.phase === "Offline") go(replica, "DeletionIneligible");
    }
    // Broker by broker, as each replica's leaving is a state of its own; the partitions of one broker go together.
    for (const brokerId of [...new Set(live.map((replica) => replica.brokerId))].toSorted((a, b) => a - b)) {
      const replicas = live.filter((replica) => replica.brokerId === brokerId);
      await this.takeOffline(replicas);
      for (const replica of replicas) go(replica, "DeletionStarted");
      dispatch.deleteReplicas(
        brokerId,
        replicas.map((replica) => replica.partition),
      );
    }
    await this.finishIfDone(deletion);
  }

  private async takeOffline(replicas: readonly Replica[]): Promise<void> {
    await inFlight(REQUESTS_IN_FLIGHT, replicas, async (replica) => {
      if (replica.partition.state?.isr.includes(replica.brokerId)) await this.writeWithout(replica);
      go(replica, "Offline");
    });
  }

  private async writeWithout({ partition, brokerId }: Replica): Promise<void> {
    const { writes, epoch, coordination } = this.term;
    const path = partitionState.path(partition.topic.name, partition.partition);
    for (let state = partition.state; state !== null; state = partition.state) {
      const next = withReplicaDeleted(state, brokerId);
      if (next === state) return;
      const data = partitionState.encode({
        leader: next.leader,
        leaderEpoch: next.leaderEpoch,
        isr: next.isr,
        controllerEpoch: epoch,
        leaderRecoveryState: next.recovering ? "RECOVERING" : "RECOVERED",
      });
      const outcome = await writes.multi([{ kind: "set", path, data, expectedVersion: state.partitionEpoch }]);
      const result = outcome.done ? outcome.results[0] : undefined;
      if (result?.kind === "set") {
        partition.state = {
          ...next,
          controllerEpoch: epoch,
          partitionEpoch: result.stat.version,
          mzxid: result.stat.mzxid,
        };
        return;
      }
      partition.state = await readPartitionState(coordination, partition);
    }
  }

  private async finishIfDone(deletion: Deletion): Promise<void> {
    if (deletion.replicas.some((replica) => replica.phase !== "DeletionSuccessful")) return;
    await this.removeNodes(deletion.topic);
    for (const replica of deletion.replicas) go(replica, "NonExistent");
    this.deletions.delete(deletion.topic.name);
    this.term.state.topics.delete(deletion.topic.name);
    this.term.logger.info("topic deleted", { topic: deletion.topic.name, topicId: deletion.topic.topicId });
    this.onRemoved(deletion.topic.name);
  }

  /** Partitions first, the mark last: a controller that takes over half-way finds the mark and goes on. */
  private async removeNodes(topic: TopicRecord): Promise<void> {
    const paths: string[] = [];
    for (const { partition, state } of [...topic.partitions.values()].toSorted((a, b) => a.partition - b.partition)) {
      if (state === null) continue;
      paths.push(partitionState.path(topic.name, partition), topicNode.partitionPath(topic.name, partition));
    }
    if (paths.length > 0) paths.push(topicNode.partitionsPath(topic.name));
    paths.push(
      topicNode.path(topic.name),
      entityConfig.path({ kind: "topic", name: topic.name }),
      deleteTopic.path(topic.name),
    );

    for (let from = 0; from < paths.length; from += OPERATIONS_PER_MULTI_MAX) {
      const chunk = paths.slice(from, from + OPERATIONS_PER_MULTI_MAX);
      const outcome = await this.term.writes.multi(chunk.map(removal));
      if (outcome.done) continue;
      // Something is there, or not, against what we know: one by one, with whatever lies below.
      for (const path of chunk) await this.removeWithAllBelow(path);
    }
  }

  private async removeWithAllBelow(path: string): Promise<void> {
    const outcome = await this.term.writes.multi([removal(path)]);
    if (outcome.done || outcome.code === "NO_NODE") return;
    if (outcome.code !== "NOT_EMPTY") throw new CoordinationError(outcome.code, "remove", path);
    const below = (await this.term.coordination.children(path))?.names ?? [];
    for (const name of below) await this.removeWithAllBelow(`${path}/${name}`);
    await this.term.writes.multi([removal(path)]);
  }
}

function isBeingReassigned({ partitions }: TopicRecord): boolean {
  return [...partitions.values()].some(isMoving);
}

function removal(path: string): Operation {
  return { kind: "remove", path, expectedVersion: null };
}

function go(replica: Replica, to: ReplicaPhase): void {
  invariant(replicaMayGo(replica.phase, to), () => {
    const { partition, brokerId, phase } = replica;
    return `replica ${brokerId} of ${partition.topic.name}-${partition.partition} may not go from ${phase} to ${to}`;
  });
  replica.phase = to;
}
