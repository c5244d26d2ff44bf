import type { PartitionRecord } from "./cluster-state";
import type { PartitionState } from "./decisions/partition-state";
import { type Settlement, settledState } from "./decisions/settled-state";
import { type StateChange, writeStates } from "./state-writes";
import type { TermContext } from "./term-context";
import { TopicSettings } from "./topic-settings";

/** Overrides the rules that `settlePartitions` goes by, for one election. */
export interface SettlementOptions {
  /** Partitions whose leader refused to lead in the epoch named: it did not open it. */
  readonly refused?: ReadonlySet<PartitionRecord>;
}

/**
 * Brings partitions to the state that the live brokers ask for, writes it, and tells brokers what was confirmed.
 *
 * New partitions get their first state; leaderless ones, and those whose leader is gone or has bounced, an election; dead followers leave
 * the ISR. What is already as it should be is not touched, so this may be called for any partition at any time.
 *
 * @returns the partitions of which there is news
 */
export async function settlePartitions(
  term: TermContext,
  partitions: Iterable<PartitionRecord>,
  options: SettlementOptions = {},
): Promise<PartitionRecord[]> {
  const settings = new TopicSettings(term);
  const next = (record: PartitionRecord) => nextState(term, record, settings, options);
  const due: StateChange[] = [];
  for (const record of partitions) {
    const state = await next(record);
    if (state !== null) due.push({ record, next: state });
  }
  if (due.length === 0) return [];
  const written = await writeStates(term, due, next);
  term.dispatch.announce(written);
  return written;
}

async function nextState(
  term: TermContext,
  record: PartitionRecord,
  settings: TopicSettings,
  options: SettlementOptions,
): Promise<PartitionState | null> {
  const settlement = judge(term, record, options.refused?.has(record) === true);
  if (settlement.kind === "stand") return null;
  if (settlement.kind === "write") return settlement.state;
  return (await term.lastResort.elect(record, settings)) ?? settlement.state;
}

function judge(term: TermContext, record: PartitionRecord, refused: boolean): Settlement {
  const { replicas, state } = record;
  const standing = term.state.standingOf(record);
  return settledState({ replicas, state, stateMzxid: state?.mzxid ?? 0n, standing, refused });
}
