import type { AlterPartitionOutcome, IsrProposal } from "../isr-proposal";
import type { PartitionState } from "./partition-state";
import type { ReplicaStanding } from "./settled-state";

export interface ProposalGround {
  /** Broker id of the session that the proposal came on. */
  readonly proposer: number;
  readonly proposerEpoch: bigint;
  readonly replicas: readonly number[];
  /** Null while the partition is new. */
  readonly state: (PartitionState & { readonly partitionEpoch: number }) | null;
  readonly standing: ReplicaStanding;
}

/**
 * - write: the state to be written
 * - settled: it is so already
 * - refuse: with Kafka's name for why
 */
export type ProposalVerdict =
  | { readonly kind: "write"; readonly state: PartitionState }
  | { readonly kind: "settled" }
  | { readonly kind: "refuse"; readonly error: Exclude<AlterPartitionOutcome["error"], "NONE"> };

/**
 * Judges a leader's proposal in Kafka's order, eligibility last: what has been written already must never be refused, or the leader would
 * roll back behind ZooKeeper's ISR (rule 27).
 */
export function judgeProposal(proposal: IsrProposal, ground: ProposalGround): ProposalVerdict {
  const { state, replicas } = ground;
  // Whoever leads a partition that has no state here has heard of it from a later controller.
  if (state === null) return refuse("NOT_CONTROLLER");
  if (proposal.partitionEpoch > state.partitionEpoch || proposal.leaderEpoch > state.leaderEpoch) {
    return refuse("NOT_CONTROLLER");
  }
  if (proposal.leaderEpoch < state.leaderEpoch) return refuse("FENCED_LEADER_EPOCH");
  if (state.leader !== ground.proposer) return refuse("INVALID_REQUEST");

  const isr = proposal.isr.map((member) => member.brokerId);
  if (sameMembers(isr, state.isr) && proposal.recovering === state.recovering) return { kind: "settled" };
  if (proposal.partitionEpoch < state.partitionEpoch) return refuse("INVALID_UPDATE_VERSION");
  if (proposal.recovering && (isr.length > 1 || !state.recovering)) return refuse("INVALID_REQUEST");
  const wellFormed =
    isr.includes(state.leader) && new Set(isr).size === isr.length && isr.every((id) => replicas.includes(id));
  if (!wellFormed) return refuse("INVALID_REQUEST");
  if (proposal.isr.some((member) => !mayBeMember(member, ground))) return refuse("INELIGIBLE_REPLICA");
  return { kind: "write", state: { ...state, isr, recovering: proposal.recovering } };
}

/**
 * An acknowledgement speaks for the incarnation that gave it: another one may have restarted shorter (rule 26).
 *
 * A member that the leader has not heard under its epoch, and that is in the ISR as it stands, may stay whatever became of it. Nothing is
 * lost by that: it is electable now, with or without this write; the write is conditional on that very state, so that it brings nobody
 * back; and the leader counts nothing of it before it attaches. Refused, a member that lost its tail would stay electable beside it
 * until the silent one attaches or lags out (rule 15).
 */
function mayBeMember({ brokerId, brokerEpoch }: IsrProposal["isr"][number], ground: ProposalGround): boolean {
  const { standing, state, proposer, proposerEpoch } = ground;
  if (brokerId !== proposer && brokerEpoch === NOT_HEARD) return state?.isr.includes(brokerId) ?? false;
  const registeredAs = standing.brokerEpoch(brokerId);
  if (brokerId === proposer) return registeredAs === proposerEpoch;
  if (registeredAs === undefined || registeredAs !== brokerEpoch) return false;
  return (
    standing.registered(brokerId) &&
    !standing.suspected(brokerId) &&
    !standing.torn(brokerId) &&
    !standing.leaving(brokerId)
  );
}

const NOT_HEARD = -1n;

function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

function refuse(error: Exclude<AlterPartitionOutcome["error"], "NONE">): ProposalVerdict {
  return { kind: "refuse", error };
}
