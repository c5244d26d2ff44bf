import { type BatchView, scanBatches } from "@ottla/protocol";

/** What a leader's push claims about itself. */
export interface Push {
  /** The log end offset that the leader takes the follower to have; the first batch begins there, or behind a gap. */
  readonly from: number;
  /** Leader epoch of the stream. No batch is of a greater one. */
  readonly leaderEpoch: number;
}

/**
 * Why a push cannot be appended.
 *
 * - `UNEXPECTED_OFFSET`: it does not begin at the log end
 * - `OFFSETS_OUT_OF_ORDER`, `EPOCHS_OUT_OF_ORDER`: its batches cannot follow each other, or the log
 * - `EPOCH_ABOVE_LEADER`: a batch is of a later epoch than the leader's
 * - `CORRUPT_MESSAGE`: it holds no whole batches of format 2, or a checksum is wrong
 */
export type FollowerRefusal =
  | "UNEXPECTED_OFFSET"
  | "OFFSETS_OUT_OF_ORDER"
  | "EPOCHS_OUT_OF_ORDER"
  | "EPOCH_ABOVE_LEADER"
  | "CORRUPT_MESSAGE";

/** Where a follower's log stands. */
export interface FollowerPlace {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly lastEpoch: number | null;
}

export type PushJudgement =
  | { readonly kind: "accept"; readonly batches: readonly BatchView[] }
  | {
      readonly kind: "refuse";
      readonly error: FollowerRefusal;
      /** Where in the log the refused batch would have begun. */
      readonly offset: number;
      readonly reason: string;
    };

/**
 * The batches in what a leader pushed, checked before any of it is written: whole, in order, of rising epochs, undamaged. Whether something
 * is missing is judged by the push's `from` alone: compacted logs have gaps between batches, and before the first.
 */
export function judgePush(bytes: Buffer, push: Push, place: FollowerPlace): PushJudgement {
  const refuse = (error: FollowerRefusal, offset: number, reason: string): PushJudgement => ({
    kind: "refuse",
    error,
    offset,
    reason,
  });
  let nextOffset = place.logEndOffset;
  let epoch = place.lastEpoch ?? -1;
  if (push.from !== nextOffset)
    return refuse("UNEXPECTED_OFFSET", nextOffset, `pushed from ${push.from}, the log ends at ${nextOffset}`);
  const { batches, end } = scanBatches(bytes);
  for (const [index, batch] of batches.entries()) {
    const { baseOffset, lastOffset, partitionLeaderEpoch } = batch;
    const extent = `batch ${baseOffset}-${lastOffset}`;
    if (!batch.isCrcValid()) return refuse("CORRUPT_MESSAGE", nextOffset, `${extent} has a wrong checksum`);
    // A leader whose log start lies inside a batch sends the whole batch to a follower that begins there.
    const spansStart = index === 0 && place.logStartOffset === place.logEndOffset && lastOffset >= place.logEndOffset;
    if (lastOffset < baseOffset || (baseOffset < nextOffset && !spansStart))
      return refuse("OFFSETS_OUT_OF_ORDER", nextOffset, `${extent} where ${nextOffset} comes next`);
    if (partitionLeaderEpoch < epoch)
      return refuse("EPOCHS_OUT_OF_ORDER", nextOffset, `${extent} of epoch ${partitionLeaderEpoch} after ${epoch}`);
    if (partitionLeaderEpoch > push.leaderEpoch)
      return refuse(
        "EPOCH_ABOVE_LEADER",
        nextOffset,
        `${extent} of epoch ${partitionLeaderEpoch} from the leader of ${push.leaderEpoch}`,
      );
    nextOffset = lastOffset + 1;
    epoch = partitionLeaderEpoch;
  }
  if (end.kind !== "clean")
    return refuse("CORRUPT_MESSAGE", nextOffset, `no whole batch at byte ${end.position} of what was pushed`);
  return { kind: "accept", batches };
}
