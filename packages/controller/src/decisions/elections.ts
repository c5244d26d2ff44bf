import { NO_LEADER } from "../broker-channel";
import type { IsLive, PartitionState } from "./partition-state";

/** An election's outcome: the state to write, or none when no replica may lead. `unclean` says that records may be lost. */
export type Election =
  | { readonly elected: true; readonly state: PartitionState; readonly unclean: boolean }
  | { readonly elected: false };

const NOBODY: Election = { elected: false };

/**
 * For a partition whose leader is gone, or that never had one: the first assigned replica that is live and in the ISR; where that is
 * allowed, otherwise, the first live one alone, whose log then counts as the truth.
 */
export function electOffline(
  replicas: readonly number[],
  state: PartitionState,
  isLive: IsLive,
  uncleanAllowed: boolean,
): Election {
  const clean = replicas.find((id) => isLive(id) && state.isr.includes(id));
  if (clean !== undefined) return elect(state, clean, state.isr.filter(isLive));
  if (!uncleanAllowed) return NOBODY;
  const unclean = replicas.find(isLive);
  if (unclean === undefined) return NOBODY;
  return {
    elected: true,
    unclean: true,
    state: { leader: unclean, leaderEpoch: state.leaderEpoch + 1, isr: [unclean], recovering: true },
  };
}

/** At the end of a reassignment whose leader is not in the target: the first target replica that is live and in the ISR. */
export function electForReassignment(target: readonly number[], state: PartitionState, isLive: IsLive): Election {
  const leader = target.find((id) => isLive(id) && state.isr.includes(id));
  return leader === undefined ? NOBODY : elect(state, leader, state.isr);
}

/** Gives the leadership back to the first assigned replica, if that is live and in the ISR. */
export function electPreferred(replicas: readonly number[], state: PartitionState, isLive: IsLive): Election {
  const preferred = replicas[0];
  if (preferred === undefined || !isLive(preferred) || !state.isr.includes(preferred)) return NOBODY;
  return elect(state, preferred, state.isr);
}

/** Before a broker leaves in order: the first replica that is live, in the ISR and staying. Those leaving leave the ISR too. */
export function electForControlledShutdown(
  replicas: readonly number[],
  state: PartitionState,
  isLive: IsLive,
  isShuttingDown: IsLive,
): Election {
  const staying = state.isr.filter((id) => isLive(id) && !isShuttingDown(id));
  const leader = replicas.find((id) => staying.includes(id));
  return leader === undefined
    ? NOBODY
    : elect(
        state,
        leader,
        state.isr.filter((id) => !isShuttingDown(id)),
      );
}

/** The state of a partition that nobody may lead: its ISR stays, for only its members have all that was acknowledged. */
export function withoutLeader(state: PartitionState): PartitionState {
  if (state.leader === NO_LEADER) return state;
  return { ...state, leader: NO_LEADER, leaderEpoch: state.leaderEpoch + 1 };
}

function elect(state: PartitionState, leader: number, isr: readonly number[]): Election {
  return {
    elected: true,
    unclean: false,
    state: { leader, leaderEpoch: state.leaderEpoch + 1, isr, recovering: state.recovering },
  };
}
