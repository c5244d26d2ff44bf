import { type FollowerRefusal, judgePush, type Push } from "./follower-rules";
import type { LogDurability } from "./log-durability";
import type { LogState } from "./log-state";
import { restartAt } from "./log-truncation";
import type { LogWriter } from "./log-writer";

/** What became of a leader's push. */
export type FollowerAppendOutcome =
  | { readonly kind: "appended"; readonly logEndOffset: number }
  /** Nothing was appended. `offset`, where the log ends or a batch would have begun, tells a second failure from a first. */
  | { readonly kind: "refused"; readonly error: FollowerRefusal; readonly offset: number; readonly reason: string };

/** See `PartitionLog.appendAsFollower`. */
export function appendAsFollower(
  state: LogState,
  writer: LogWriter,
  durability: LogDurability,
  bytes: Buffer,
  push: Push,
): FollowerAppendOutcome {
  const { guard, epochs, logStartOffset, logEndOffset } = state;
  if (guard.failure !== null) throw guard.failure;
  const judgement = judgePush(bytes, push, { logStartOffset, logEndOffset, lastEpoch: epochs.lastEpoch });
  if (judgement.kind === "refuse") {
    const { error, offset, reason } = judgement;
    return { kind: "refused", error, offset, reason };
  }
  const { batches } = judgement;
  const first = batches[0];
  if (first === undefined) return { kind: "appended", logEndOffset };
  if (first.baseOffset < logEndOffset) restartAt(state, durability, first.baseOffset, logStartOffset);
  const step = writer.begin();
  try {
    for (const batch of batches) writer.add(batch, step);
    writer.write(step);
  } catch (failure) {
    throw guard.failBecause(failure);
  }
  writer.finish(step);
  return { kind: "appended", logEndOffset: state.logEndOffset };
}
