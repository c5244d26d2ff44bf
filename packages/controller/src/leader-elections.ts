import type { PartitionRecord } from "./cluster-state";
import { electOffline, electPreferred } from "./decisions/elections";
import type { PartitionState } from "./decisions/partition-state";
import { rejection } from "./decisions/rejection";
import { settledState } from "./decisions/settled-state";
import type { LeaderElectionOutcome, LeaderElectionRequest } from "./leadership-requests";
import type { Outcome } from "./requests";
import { type StateChange, writeStates } from "./state-writes";
import type { TermContext } from "./term-context";
import { TopicSettings } from "./topic-settings";

/** Elections that an administrator asks for. */
export class LeaderElections {
  constructor(
    private readonly term: TermContext,
    private readonly isBeingDeleted: (topic: string) => boolean,
  ) {}

  /**
   * Asks the brokers, where an unclean election needs to know, whose log reaches farthest. Not an event: to be awaited before `elect`.
   */
  async prepare({ kind, partitions }: LeaderElectionRequest): Promise<void> {
    if (kind !== "unclean") return;
    const records = partitions?.flatMap(
      ({ topic, partition }) => this.term.state.partition(topic, partition) ?? [],
    ) ?? [...this.term.state.partitions()];
    await this.term.lastResort.prepare(records.filter((record) => this.needsUnclean(record)));
  }

  async elect({ kind, partitions }: LeaderElectionRequest): Promise<LeaderElectionOutcome[]> {
    const { state } = this.term;
    const names =
      partitions ?? [...state.partitions()].map(({ topic, partition }) => ({ topic: topic.name, partition }));
    const outcomes = new Map<PartitionRecord, Outcome>();
    const settings = new TopicSettings(this.term);
    const next = (record: PartitionRecord) =>
      kind === "preferred" ? this.preferred(record) : this.unclean(record, settings);
    const due: StateChange[] = [];
    const found = names.map(({ topic, partition }) => ({
      topic,
      partition,
      record: state.partition(topic, partition),
    }));
    for (const { record } of found) {
      if (record === undefined || outcomes.has(record)) continue;
      const refusal = this.refuse(kind, record);
      if (refusal !== null) {
        outcomes.set(record, refusal);
        continue;
      }
      const elected = await next(record);
      if (elected !== null) due.push({ record, next: elected });
      outcomes.set(record, elected === null ? notAvailable(kind, record) : { error: "NONE", message: null });
    }
    this.term.dispatch.announce(await writeStates(this.term, due, next));
    for (const { record, next: wanted } of due) {
      if (record.state?.leader !== wanted.leader) outcomes.set(record, notAvailable(kind, record));
    }
    return found.flatMap(({ topic, partition, record }): LeaderElectionOutcome[] => {
      const outcome =
        record === undefined
          ? rejection("UNKNOWN_TOPIC_OR_PARTITION", "The partition does not exist.")
          : (outcomes.get(record) ?? rejection("UNKNOWN_SERVER_ERROR", null));
      if (partitions === null && outcome.error === "ELECTION_NOT_NEEDED") return [];
      return [{ topic, partition, ...outcome }];
    });
  }

  private refuse(kind: LeaderElectionRequest["kind"], record: PartitionRecord): Outcome | null {
    if (this.isBeingDeleted(record.topic.name)) {
      return rejection("INVALID_TOPIC_EXCEPTION", "The topic is being deleted");
    }
    const needed = kind === "preferred" ? record.state?.leader !== record.replicas[0] : !this.hasLiveLeader(record);
    return needed ? null : rejection("ELECTION_NOT_NEEDED", null);
  }

  private hasLiveLeader(record: PartitionRecord): boolean {
    return record.state !== null && this.term.state.standingOf(record).registered(record.state.leader);
  }

  private preferred({ replicas, state, ...rest }: PartitionRecord): PartitionState | null {
    if (state === null) return null;
    const { mayLead } = this.term.state.standingOf({ replicas, state, ...rest });
    const election = electPreferred(replicas, state, mayLead);
    return election.elected ? election.state : null;
  }

  private async unclean(record: PartitionRecord, settings: TopicSettings): Promise<PartitionState | null> {
    const { replicas, state } = record;
    if (state === null || this.hasLiveLeader(record)) return null;
    const { mayLead, registered } = this.term.state.standingOf(record);
    const clean = electOffline(replicas, state, mayLead, registered);
    if (clean.elected) return clean.state;
    return this.needsUnclean(record) ? this.term.lastResort.elect(record, settings, true) : null;
  }

  /** No member of the ISR can lead, nor can one be hoped for. */
  private needsUnclean(record: PartitionRecord): boolean {
    const { replicas, state } = record;
    if (state === null || this.isBeingDeleted(record.topic.name)) return false;
    const standing = this.term.state.standingOf(record);
    return settledState({ replicas, state, stateMzxid: state.mzxid, standing, refused: false }).kind === "stuck";
  }
}

function notAvailable(kind: LeaderElectionRequest["kind"], { topic, partition }: PartitionRecord): Outcome {
  const what = `Failed to elect leader for partition ${topic.name}-${partition} under strategy`;
  return kind === "preferred"
    ? rejection("PREFERRED_LEADER_NOT_AVAILABLE", `${what} PreferredReplicaPartitionLeaderElectionStrategy`)
    : rejection("ELIGIBLE_LEADERS_NOT_AVAILABLE", `${what} OfflinePartitionLeaderElectionStrategy(true)`);
}
