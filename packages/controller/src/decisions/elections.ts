import { NO_LEADER } from "../broker-channel";
import type { IsLive, PartitionState } from "./partition-state";

/** An election's outcome: the state to write, or none when no replica may lead. */
export type Election = { readonly elected: true; readonly state: PartitionState } | { readonly elected: false };

const NOBODY: Election = { elected: false };

/** For a partition whose leader is gone: the first assigned replica that may lead and is in the ISR, which keeps those that stay. */
export function electOffline(
  replicas: readonly number[],
  state: PartitionState,
  mayLead: IsLive,
  stays: IsLive,
): Election {
  const leader = replicas.find((id) => mayLead(id) && state.isr.includes(id));
  return leader === undefined ? NOBODY : elect(state, leader, state.isr.filter(stays));
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
    state: { leader, leaderEpoch: state.leaderEpoch + 1, isr, recovering: state.recovering },
  };
}
