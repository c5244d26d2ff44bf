import { identityOf, type PartitionRecord } from "./cluster-state";
import { electForControlledShutdown } from "./decisions/elections";
import type { PartitionState } from "./decisions/partition-state";
import type { ControlledShutdownOutcome } from "./leadership-requests";
import { type StateChange, writeStates } from "./state-writes";
import type { TermContext } from "./term-context";

/**
 * Lets a broker leave in order: its leaderships go to others that are in sync, and it leaves the ISRs that have another member. From here
 * on, until its next incarnation, it is elected nowhere and joins no ISR.
 */
export async function letLeave(
  term: TermContext,
  brokerId: number,
  brokerEpoch: bigint,
  isBeingDeleted: (topic: string) => boolean,
): Promise<ControlledShutdownOutcome> {
  const { state, dispatch, logger } = term;
  const broker = state.brokers.get(brokerId);
  if (broker === undefined) return { error: "BROKER_NOT_AVAILABLE" };
  if (broker.info.epoch !== brokerEpoch) return { error: "STALE_BROKER_EPOCH" };
  state.note(state.leaving, brokerId);
  logger.info("a broker is about to leave", { broker: brokerId });

  const concerned = [...state.partitionsOn(brokerId)].filter(
    ({ topic, replicas, state: now }) => now !== null && replicas.length > 1 && !isBeingDeleted(topic.name),
  );
  const followed = concerned.filter((record) => record.state?.leader !== brokerId);
  const next = (record: PartitionRecord) => withoutLeaving(term, record, brokerId);
  const due = concerned.flatMap((record): StateChange[] => {
    const without = next(record);
    return without === null ? [] : [{ record, next: without }];
  });
  dispatch.announce(await writeStates(term, due, next));
  for (const record of followed) dispatch.stopReplica(brokerId, record, record.state?.leaderEpoch ?? 0, false);

  const remaining = [...state.partitionsOn(brokerId)]
    .filter((record) => record.state?.leader === brokerId)
    .map(identityOf);
  return { error: "NONE", remaining };
}

/** @returns null when nothing can or need be done */
function withoutLeaving(term: TermContext, record: PartitionRecord, brokerId: number): PartitionState | null {
  const { state, replicas } = record;
  if (state === null) return null;
  const standing = term.state.standingOf(record);
  if (state.leader === brokerId) {
    const election = electForControlledShutdown(replicas, state, standing.mayLead, standing.leaving);
    return election.elected ? election.state : null;
  }
  // As when a follower dies: the leader stays, and with it the epoch.
  if (!state.isr.includes(brokerId) || state.isr.length === 1) return null;
  return { ...state, isr: state.isr.filter((id) => id !== brokerId) };
}
