import { type BatchView, scanBatches } from "@ottla/protocol";

/** A leader sent what cannot follow the log as it is: nothing was appended. */
export class FollowerAppendRefused extends Error {
  override readonly name = "FollowerAppendRefused";
  constructor(
    readonly reason: "CORRUPT_MESSAGE" | "OFFSETS_OUT_OF_ORDER" | "EPOCHS_OUT_OF_ORDER",
    message: string,
  ) {
    super(message);
  }
}

/** Where a follower's log stands. */
export interface FollowerPlace {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly lastEpoch: number | null;
}

/**
 * The batches in what a leader pushed, checked before any of it is written: whole, in order, of rising epochs, undamaged. Offsets may
 * leave gaps, since compacted logs have them.
 *
 * @throws FollowerAppendRefused
 */
export function batchesToFollow(bytes: Buffer, place: FollowerPlace): readonly BatchView[] {
  const { batches, end } = scanBatches(bytes);
  if (end.kind !== "clean") {
    throw new FollowerAppendRefused("CORRUPT_MESSAGE", `no whole batch at byte ${end.position} of what was pushed`);
  }
  let nextOffset = place.logEndOffset;
  let epoch = place.lastEpoch ?? -1;
  for (const [index, batch] of batches.entries()) {
    const { baseOffset, lastOffset, partitionLeaderEpoch } = batch;
    const extent = `batch ${baseOffset}-${lastOffset}`;
    // A leader whose log start lies inside a batch sends the whole batch to a follower that begins there.
    const spansStart = index === 0 && place.logStartOffset === place.logEndOffset && lastOffset >= place.logEndOffset;
    if (lastOffset < baseOffset || (baseOffset < nextOffset && !spansStart)) {
      throw new FollowerAppendRefused("OFFSETS_OUT_OF_ORDER", `${extent} where ${nextOffset} comes next`);
    }
    if (partitionLeaderEpoch < epoch) {
      throw new FollowerAppendRefused(
        "EPOCHS_OUT_OF_ORDER",
        `${extent} of epoch ${partitionLeaderEpoch} after ${epoch}`,
      );
    }
    if (!batch.isCrcValid()) throw new FollowerAppendRefused("CORRUPT_MESSAGE", `${extent} has a wrong checksum`);
    nextOffset = lastOffset + 1;
    epoch = partitionLeaderEpoch;
  }
  return batches;
}
