import { NO_LEADER } from "../broker-channel";
import { electOffline, withoutLeader } from "./elections";
import { type IsLive, initialPartitionState, leaderBounced, type PartitionState } from "./partition-state";

/** What the controller knows of brokers as replicas of one partition, by broker id. */
export interface ReplicaStanding {
  /** Registered, with a session, not suspected, not about to leave, and its log directory works: it can be told what to do, and does it. */
  readonly present: IsLive;
  /** Registered with a log that may lack an acknowledged tail. */
  readonly torn: IsLive;
  /** Present, and has not been torn since its process started. */
  readonly intact: IsLive;
  /** Present and not torn. */
  readonly mayLead: IsLive;
  /** Registered, and its log directory works. */
  readonly registered: IsLive;
  /** Has a session. */
  readonly connected: IsLive;
  /** Taken for dead though it is registered. */
  readonly suspected: IsLive;
  readonly leaving: IsLive;
  /** czxid of the registration; undefined when there is none. */
  readonly brokerEpoch: (id: number) => bigint | undefined;
}

export interface SettlementGround {
  readonly replicas: readonly number[];
  /** Null while the partition is new. */
  readonly state: PartitionState | null;
  /** Transaction that wrote `state`. */
  readonly stateMzxid: bigint;
  readonly standing: ReplicaStanding;
  /** The leader has refused to lead in the state's epoch, which it did not open (rule 17). */
  readonly refused: boolean;
}

/**
 * - stand: the partition is as it should be, or must wait
 * - write: the next state
 * - stuck: nobody in the ISR can lead, nor will without help; the caller looks whether rule 58 or an unclean election finds a leader,
 *   and otherwise writes `state`, if there is one
 */
export type Settlement =
  | { readonly kind: "stand" }
  | { readonly kind: "write"; readonly state: PartitionState }
  | { readonly kind: "stuck"; readonly state: PartitionState | null };

const STAND: Settlement = { kind: "stand" };

/**
 * Says what state a partition should have, given the brokers that are there: a first state, an election, or an ISR without the dead.
 *
 * A leadership goes to nobody who cannot be told of it, so that no epoch is spent on a candidate that has died unnoticed; whoever is
 * registered and may yet open its session is waited for. Suspicion alone neither leaves a partition without a leader nor touches one whose
 * other ISR members cannot take over (rule 42).
 */
export function settledState({ replicas, state, stateMzxid, standing, refused }: SettlementGround): Settlement {
  if (state === null) {
    // Nothing can have been lost of a log that never was, so a torn broker may have a partition of its own.
    const first = initialPartitionState(replicas, replicas.length === 1 ? standing.present : standing.mayLead);
    return first === null ? STAND : { kind: "write", state: first };
  }
  const { leader } = state;
  const leads =
    leader !== NO_LEADER &&
    standing.registered(leader) &&
    // One that leads alone has been given the leadership by rule 58, or has nobody to give it to.
    (!standing.torn(leader) || state.isr.length === 1) &&
    !standing.suspected(leader) &&
    !refused &&
    !leaderBounced(state, stateMzxid, standing.brokerEpoch(leader));
  if (leads) return withoutLost(state, standing);

  const election = electOffline(replicas, state, standing.mayLead, (id) => stays(id, standing));
  if (election.elected) return { kind: "write", state: election.state };
  // Members that are registered and whole will come, or their registrations end; a suspect's end is for its session's expiry to say.
  if (state.isr.some((id) => standing.registered(id) && !standing.torn(id))) {
    // It is back, and is told of whatever stands here: its disk may have forgotten this epoch, in which its followers hold what it lacks.
    const isBack = standing.torn(leader) && leaderBounced(state, stateMzxid, standing.brokerEpoch(leader));
    return isBack ? { kind: "write", state: withoutLeader(state) } : STAND;
  }
  const next = withoutLeader(withoutTorn(state, standing));
  return { kind: "stuck", state: next === state ? null : next };
}

/** The leader stays: those that are gone leave the ISR, the epoch stays (rule 29). */
function withoutLost(state: PartitionState, standing: ReplicaStanding): Settlement {
  const others = state.isr.filter((id) => id !== state.leader);
  // On suspicion alone a member leaves only where another one is in touch: otherwise it may be us who are cut off.
  const inTouch = state.isr.some((id) => standing.connected(id) && !standing.suspected(id));
  const lost = others.filter(
    (id) => !standing.registered(id) || standing.torn(id) || (standing.suspected(id) && inTouch),
  );
  if (lost.length === 0) return STAND;
  return { kind: "write", state: { ...state, isr: state.isr.filter((id) => !lost.includes(id)) } };
}

function withoutTorn(state: PartitionState, standing: ReplicaStanding): PartitionState {
  const whole = state.isr.filter((id) => !standing.torn(id));
  const isr = whole.length > 0 ? whole : state.isr.slice(-1);
  return isr.length === state.isr.length ? state : { ...state, isr };
}

function stays(id: number, standing: ReplicaStanding): boolean {
  return standing.registered(id) && !standing.torn(id) && !standing.suspected(id) && !standing.leaving(id);
}

/**
 * Who may lead a partition whose last ISR member has lost its tail (rule 58): the intact replicas, once so many are present that one of them
 * must have all that was acknowledged; or all assigned ones, torn or not, once each is present.
 *
 * @param minInsyncReplicas the topic's, counted at most as the number of replicas
 * @returns candidates among which the longest log leads; none: wait
 */
export function tailCandidates(
  replicas: readonly number[],
  state: PartitionState,
  standing: ReplicaStanding,
  minInsyncReplicas: number,
): readonly number[] {
  const [last, ...more] = state.isr;
  if (last === undefined || more.length > 0 || !standing.torn(last)) return [];
  const intact = replicas.filter(standing.intact);
  if (intact.length >= replicas.length - Math.min(minInsyncReplicas, replicas.length) + 1) return intact;
  return replicas.every(standing.present) ? replicas : [];
}

/** A replica's log end, for comparing whose log reaches farthest. */
export interface ReplicaEnd {
  readonly brokerId: number;
  readonly lastEpoch: number;
  readonly logEndOffset: number;
}

/** The replica with the greatest (last epoch, log end offset); of equals the first. */
export function longestLog(ends: readonly ReplicaEnd[]): number | null {
  let best: ReplicaEnd | null = null;
  for (const end of ends) {
    if (best === null || end.lastEpoch > best.lastEpoch) best = end;
    else if (end.lastEpoch === best.lastEpoch && end.logEndOffset > best.logEndOffset) best = end;
  }
  return best?.brokerId ?? null;
}

/** The state in which one replica leads alone, whose log counts as the truth from now on; `unclean` marks it as recovering. */
export function aloneFrom(state: PartitionState, leader: number, unclean: boolean): PartitionState {
  return { leader, leaderEpoch: state.leaderEpoch + 1, isr: [leader], recovering: unclean || state.recovering };
}
