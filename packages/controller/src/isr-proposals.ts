import { type BrokerSession, type BrokerSessions } from "./broker-sessions";
import type { PartitionRecord } from "./cluster-state";
import { judgeProposal, type ProposalVerdict } from "./decisions/isr-judgement";
import type { AlterPartitionOutcome, AlterPartitionReply, IsrProposal } from "./isr-proposal";
import { type StateChange, writeStates } from "./state-writes";
import type { TermContext } from "./term-context";

/** What leaders propose for their ISRs: judged, written, and confirmed to the leader before anybody else hears of it. */
export class IsrProposals {
  constructor(
    private readonly term: TermContext,
    private readonly sessions: BrokerSessions,
    /** Topics that are being deleted take no proposals. */
    private readonly isBeingDeleted: (topic: string) => boolean,
    /** Told of partitions whose ISR has changed. */
    private readonly onChanged: (partitions: readonly PartitionRecord[]) => void,
  ) {}

  /** One event: nothing else changes a state between the judgement and the write. */
  async alter(session: BrokerSession, proposals: readonly IsrProposal[]): Promise<AlterPartitionReply> {
    const { epoch, state, writes } = this.term;
    const reply = (error: AlterPartitionReply["error"], partitions: readonly AlterPartitionOutcome[] = []) => ({
      error,
      controllerEpoch: epoch,
      partitions,
    });
    // A proposal that is late for its session may be the twin of one that has been refused since (rule 24).
    if (!this.sessions.isCurrent(session)) return reply("NOT_CONTROLLER");
    const { brokerId, brokerEpoch } = session.hello;
    if (state.brokers.get(brokerId)?.info.epoch !== brokerEpoch) return reply("STALE_BROKER_EPOCH");

    const verdicts = new Map<IsrProposal, ProposalVerdict>();
    const due: StateChange[] = [];
    for (const proposal of proposals) {
      const verdict = this.judge(session, proposal);
      verdicts.set(proposal, verdict);
      const record = this.recordOf(proposal);
      if (verdict.kind === "write" && record !== undefined) due.push({ record, next: verdict.state });
    }
    // Not written again at a later version: the leader, told of what stands there, decides anew.
    const news = await writeStates(this.term, due, () => null);
    // Success counts only as ZooKeeper's word under this epoch, also for what stands already (rule 27).
    if ([...verdicts.values()].some((verdict) => verdict.kind === "settled")) await writes.multi([]);
    const changed = due.filter(({ record, next }) => isWritten(record, next)).map(({ record }) => record);
    this.term.dispatch.announceToClients(news);
    if (changed.length > 0) this.onChanged(changed);
    return reply(
      "NONE",
      proposals.map((proposal) => this.outcomeOf(proposal, verdicts.get(proposal))),
    );
  }

  private judge(session: BrokerSession, proposal: IsrProposal): ProposalVerdict {
    const { state } = this.term;
    const record = this.recordOf(proposal);
    if (record === undefined && state.topicById(proposal.topicId) === undefined) {
      return { kind: "refuse", error: "UNKNOWN_TOPIC_ID" };
    }
    if (record === undefined || this.isBeingDeleted(record.topic.name)) {
      return { kind: "refuse", error: "UNKNOWN_TOPIC_OR_PARTITION" };
    }
    return judgeProposal(proposal, {
      proposer: session.hello.brokerId,
      proposerEpoch: session.hello.brokerEpoch,
      replicas: record.replicas,
      state: record.state,
      standing: state.standingOf(record),
    });
  }

  private recordOf({ topic, topicId, partition }: IsrProposal): PartitionRecord | undefined {
    const { state } = this.term;
    const named = state.topics.get(topic);
    const found = named?.topicId === topicId ? named : state.topicById(topicId);
    return found?.partitions.get(partition);
  }

  private outcomeOf(proposal: IsrProposal, verdict: ProposalVerdict | undefined): AlterPartitionOutcome {
    const { topic, topicId, partition } = proposal;
    const now = this.recordOf(proposal)?.state;
    let error: AlterPartitionOutcome["error"] = verdict?.kind === "refuse" ? verdict.error : "NONE";
    if (verdict?.kind === "write" && !(now != null && isState(now, verdict.state))) error = "INVALID_UPDATE_VERSION";
    return {
      topic,
      topicId,
      partition,
      error,
      leader: now?.leader ?? -1,
      leaderEpoch: now?.leaderEpoch ?? -1,
      isr: now?.isr ?? [],
      partitionEpoch: now?.partitionEpoch ?? -1,
      recovering: now?.recovering ?? false,
    };
  }
}

function isWritten({ state }: PartitionRecord, next: StateChange["next"]): boolean {
  return state !== null && isState(state, next);
}

function isState(state: StateChange["next"], next: StateChange["next"]): boolean {
  return (
    state.leader === next.leader &&
    state.leaderEpoch === next.leaderEpoch &&
    state.recovering === next.recovering &&
    state.isr.join() === next.isr.join()
  );
}
