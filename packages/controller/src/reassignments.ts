import { topic as topicNode } from "@ottla/coordination";
import { NO_LEADER } from "./broker-channel";
import { identityOf, type PartitionRecord, type TopicRecord } from "./cluster-state";
import { electForReassignment } from "./decisions/elections";
import type { PartitionState } from "./decisions/partition-state";
import { type Assignment, isComplete, isMoving, planReassignment, targetOf } from "./decisions/reassignment";
import { rejection } from "./decisions/rejection";
import type {
  OngoingReassignment,
  PartitionName,
  ReassignmentOutcome,
  ReassignmentRequest,
} from "./leadership-requests";
import type { Outcome } from "./requests";
import { type StateChange, writeStates } from "./state-writes";
import type { TermContext } from "./term-context";

const ATTEMPTS_MAX = 3;

/** A replica that must go, on a broker that could not be told. */
interface Leftover {
  readonly record: PartitionRecord;
  readonly leaderEpoch: number;
}

/**
 * Partitions on their way to other replicas: the new ones join, catch up and enter the ISR by their leader's proposal; then the leadership
 * moves if it must, the old ones go, and the topic node says so last.
 *
 * @see KIP-455
 */
export class Reassignments {
  private readonly leftovers = new Map<number, Leftover[]>();

  constructor(
    private readonly term: TermContext,
    private readonly isBeingDeleted: (topic: string) => boolean,
    /** Told when a partition has arrived. */
    private readonly onDone: () => Promise<void>,
  ) {}

  list(partitions: readonly PartitionName[] | null): OngoingReassignment[] {
    const records =
      partitions === null
        ? [...this.term.state.partitions()]
        : partitions.flatMap(({ topic, partition }) => this.term.state.partition(topic, partition) ?? []);
    return records.filter(isMoving).map((record) => ({
      ...identityOf(record),
      replicas: record.replicas,
      adding: record.adding,
      removing: record.removing,
    }));
  }

  /** Begins, replaces or cancels reassignments, one after the other. */
  async alter(requests: readonly ReassignmentRequest[]): Promise<ReassignmentOutcome[]> {
    const outcomes: ReassignmentOutcome[] = [];
    for (const { topic, partition, replicas } of requests) {
      outcomes.push({ topic, partition, ...(await this.alterOne({ topic, partition, replicas })) });
    }
    return outcomes;
  }

  /**
   * Goes on with those that the state just read says are under way. Whoever began one may have ended before its leader heard of the new
   * replicas, which then ask to follow in vain: so each gets a new epoch once more. Whoever cancelled one may have ended before those that
   * were being added went.
   */
  async resume(): Promise<void> {
    const partitions = [...this.term.state.partitions()];
    await this.advance(partitions);
    for (const record of partitions) if (isMoving(record)) await this.tellLeader(record);
  }

  /** Finishes those whose new replicas are all in sync, or that were cancelled. To be called after ISRs have changed. */
  async advance(partitions: Iterable<PartitionRecord>): Promise<void> {
    for (const record of partitions) {
      const strangers = (record.state?.isr ?? []).filter((id) => !record.replicas.includes(id));
      if (strangers.length > 0) await this.sendAway(record, strangers);
      if (isMoving(record) && isComplete(record, record.state?.isr ?? [])) await this.complete(record);
    }
  }

  /** A broker can be told again: it hears which of its replicas went while it was away, unless they have come back since. */
  tellLeftovers(brokerId: number): void {
    const leftovers = this.leftovers.get(brokerId) ?? [];
    this.leftovers.delete(brokerId);
    for (const { record, leaderEpoch } of leftovers) {
      const { topic, replicas } = record;
      if (this.term.state.topics.get(topic.name) !== topic || replicas.includes(brokerId)) continue;
      this.term.dispatch.stopReplica(brokerId, record, leaderEpoch, true);
    }
  }

  private async alterOne({ topic, partition, replicas }: ReassignmentRequest): Promise<Outcome> {
    const { state } = this.term;
    const record = state.partition(topic, partition);
    if (record === undefined || this.isBeingDeleted(topic)) {
      return rejection("UNKNOWN_TOPIC_OR_PARTITION", "The partition does not exist.");
    }
    const plan = planReassignment(
      record,
      replicas,
      (id) => state.brokers.has(id) && !state.isSuspected(id) && !state.isNow(state.leaving, id),
    );
    if (plan.error !== "NONE") return plan;
    const before = record.replicas;
    if (!staysInSync(record, plan.assignment.replicas)) {
      const message = "None of the replicas to be is in sync: it would take an unclean leader election.";
      return rejection("INVALID_REPLICA_ASSIGNMENT", message);
    }
    if (!(await this.writeAssignment(record, plan.assignment))) return rejection("REQUEST_TIMED_OUT", null);
    await this.sendAway(
      record,
      before.filter((id) => !record.replicas.includes(id)),
    );
    if (isComplete(record, record.state?.isr ?? [])) {
      await this.complete(record);
      return { error: "NONE", message: null };
    }
    await this.tellLeader(record);
    return { error: "NONE", message: null };
  }

  /**
   * Removes those that are no replicas any more. One that was being added, and is not wanted after all, may have come to lead: it goes once
   * another one leads. Nobody goes who holds what no replica does.
   */
  private async sendAway(record: PartitionRecord, unneeded: readonly number[]): Promise<void> {
    if (!staysInSync(record, record.replicas)) return;
    if (unneeded.includes(record.state?.leader ?? NO_LEADER)) {
      await this.write(record, (now) => this.ledFromTarget(record, now, record.replicas));
    }
    await this.dismiss(
      record,
      unneeded.filter((id) => id !== record.state?.leader),
    );
  }

  /** A new epoch, so that the leader takes note of the new replicas before anybody acts on the old list. */
  private async tellLeader(record: PartitionRecord): Promise<void> {
    await this.write(record, (now) => ({ ...now, leaderEpoch: now.leaderEpoch + 1 }));
  }

  private async complete(record: PartitionRecord): Promise<void> {
    const target = targetOf(record);
    const { removing: leaving, replicas: before } = record;
    // The leader hears of the target before of anybody's leaving: else it would ask to have back who left, being caught up.
    record.replicas = target;
    await this.write(record, (now) => this.ledFromTarget(record, now, target));
    if (record.state !== null && !target.includes(record.state.leader)) {
      // Nobody in the target may lead at the moment: an ISR change or a broker's return brings us here again.
      record.replicas = before;
      this.term.logger.info("a reassignment waits for a leader", { ...identityOf(record), target });
      return;
    }
    await this.dismiss(record, leaving);
    if (!(await this.writeAssignment(record, { replicas: target, adding: [], removing: [] }))) {
      record.replicas = before;
      return;
    }
    this.term.logger.info("a partition has been reassigned", { ...identityOf(record), replicas: target });
    this.term.dispatch.announce([record]);
    await this.onDone();
  }

  private ledFromTarget(
    record: PartitionRecord,
    now: PartitionState,
    target: readonly number[],
  ): PartitionState | null {
    const { mayLead, registered } = this.term.state.standingOf(record);
    if (target.includes(now.leader) && registered(now.leader)) return { ...now, leaderEpoch: now.leaderEpoch + 1 };
    const election = electForReassignment(target, now, mayLead);
    return election.elected ? election.state : null;
  }

  /** Takes replicas out of the ISR, the leader staying, and has their brokers remove them. */
  private async dismiss(record: PartitionRecord, replicas: readonly number[]): Promise<void> {
    if (replicas.length === 0) return;
    await this.write(record, (now) => {
      const isr = now.isr.filter((id) => id === now.leader || !replicas.includes(id));
      return isr.length === now.isr.length || isr.length === 0 ? null : { ...now, isr };
    });
    const leaderEpoch = record.state?.leaderEpoch ?? 0;
    for (const brokerId of replicas) {
      if (this.term.state.isConnected(brokerId)) {
        this.term.dispatch.stopReplica(brokerId, record, leaderEpoch, true);
      } else {
        this.leftovers.set(brokerId, [...(this.leftovers.get(brokerId) ?? []), { record, leaderEpoch }]);
      }
    }
  }

  private async write(record: PartitionRecord, change: (now: PartitionState) => PartitionState | null): Promise<void> {
    const next = ({ state }: PartitionRecord) => (state === null ? null : change(state));
    const state = next(record);
    if (state === null) return;
    const due: StateChange[] = [{ record, next: state }];
    this.term.dispatch.announce(await writeStates(this.term, due, next));
  }

  /** @returns false when others kept writing the topic's node, or it is gone */
  private async writeAssignment(record: PartitionRecord, assignment: Assignment): Promise<boolean> {
    const { topic, partition } = record;
    const path = topicNode.path(topic.name);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const node = await this.term.coordination.get(path);
      if (node === null) return false;
      const content = topicNode.decode(node.data, path);
      const data = topicNode.encode({
        ...content,
        partitions: new Map(content.partitions).set(partition, assignment.replicas),
        addingReplicas: replaced(content.addingReplicas, partition, assignment.adding),
        removingReplicas: replaced(content.removingReplicas, partition, assignment.removing),
      });
      const outcome = await this.term.writes.multi([{ kind: "set", path, data, expectedVersion: node.stat.version }]);
      const written = outcome.done ? outcome.results[0] : undefined;
      if (written?.kind !== "set") continue;
      adopt(topic, node.stat.version, written.stat.version);
      record.replicas = assignment.replicas;
      record.adding = assignment.adding;
      record.removing = assignment.removing;
      return true;
    }
    return false;
  }
}

/** Whether some ISR member is among these, or nothing has been written yet. */
function staysInSync({ state }: PartitionRecord, replicas: readonly number[]): boolean {
  return state === null || state.isr.some((id) => replicas.includes(id));
}

function replaced(
  lists: ReadonlyMap<number, readonly number[]>,
  partition: number,
  list: readonly number[],
): Map<number, readonly number[]> {
  const next = new Map(lists);
  if (list.length > 0) next.set(partition, list);
  else next.delete(partition);
  return next;
}

/** Our own write is no news, unless somebody else's, which we have not read, lies before it. */
function adopt(topic: TopicRecord, before: number, after: number): void {
  if (topic.version === before) topic.version = after;
}
