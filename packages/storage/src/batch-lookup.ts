import type { BatchView } from "@ottla/protocol";
import { smallPieces } from "./piece-pool";
import type { BatchPlace, Segment } from "./segment";

/** Bytes in a segment that are not what was written there. */
export interface BatchDamage {
  /** Where the batch would begin that the bytes should be: everything before it is in order. */
  readonly offset: number;
  readonly positionBytes: number;
  readonly reason: string;
}

/**
 * - found: the batch that holds the offset, or the first one behind it where the log has a gap; its records have not been looked at
 * - absent: all batches of the segment lie below
 * - damaged: the way to it leads through bytes that are no batches in order
 */
export type BatchLookup =
  | {
      readonly kind: "found";
      readonly place: BatchPlace;
      /** No batch in this place may begin below. */
      readonly expectedOffset: number;
      /** The index led astray: it is to be built again if the batch turns out to be sound. */
      readonly isIndexWrong: boolean;
    }
  | { readonly kind: "absent"; readonly isIndexWrong: boolean }
  | { readonly kind: "damaged"; readonly damage: BatchDamage };

/**
 * Looks for a batch by its offset, and trusts neither index nor headers: an index entry counts when the batch it points to ends with the
 * entry's offset, and a batch when it begins where the one before it ended, or later. Where records seem to be missing, as they may
 * after compaction, the batch before the gap must be sound: its header says how far it reaches.
 */
export function lookUpBatch(segment: Segment, offset: number): BatchLookup {
  const { offset: lastOffset, positionBytes } = segment.offsets.lookup(offset);
  if (positionBytes === 0) return walk(segment, offset, null, false) ?? absent(false);
  const isInside = positionBytes > 0 && positionBytes < segment.sizeBytes;
  return (
    (isInside ? walk(segment, offset, { lastOffset, positionBytes }, false) : null) ??
    walk(segment, offset, null, true) ??
    absent(true)
  );
}

/** @returns null when the batch at the index entry is not the one that the entry means */
function walk(
  segment: Segment,
  offset: number,
  entry: { readonly lastOffset: number; readonly positionBytes: number } | null,
  isIndexWrong: boolean,
): BatchLookup | null {
  const from = entry?.positionBytes ?? 0;
  const seen: Seen = { before: null, place: null, expectedOffset: segment.baseOffset, problem: null, isOther: false };
  const end = segment.walk(
    from,
    (batch, at) => {
      const { baseOffset, lastOffset, sizeInBytes } = batch;
      if (at === from && entry !== null) {
        seen.isOther = lastOffset !== entry.lastOffset;
        if (seen.isOther) return false;
        seen.expectedOffset = Math.max(seen.expectedOffset, baseOffset);
      }
      seen.problem = disorder(batch, seen.expectedOffset);
      if (seen.problem !== null) return false;
      const here = { positionBytes: at, sizeBytes: sizeInBytes, baseOffset, lastOffset };
      if (lastOffset >= offset) {
        seen.place = here;
        return false;
      }
      seen.before = here;
      seen.expectedOffset = lastOffset + 1;
      return true;
    },
    smallPieces,
  );
  // Not even a batch lies where the entry points, or another one does.
  if (seen.isOther || (entry !== null && end === from && seen.place === null)) return null;
  if (seen.place === null && end < segment.sizeBytes) {
    const reason = seen.problem ?? "no whole batch";
    return { kind: "damaged", damage: { offset: seen.expectedOffset, positionBytes: end, reason } };
  }
  return resultOf(segment, offset, seen, isIndexWrong);
}

/** What a walk along a segment's headers has come upon. */
interface Seen {
  before: BatchPlace | null;
  place: BatchPlace | null;
  expectedOffset: number;
  problem: string | null;
  isOther: boolean;
}

function resultOf(segment: Segment, offset: number, seen: Seen, isIndexWrong: boolean): BatchLookup {
  const { before, place, expectedOffset } = seen;
  const isGap = place === null || place.baseOffset > offset;
  if (isGap && before !== null && !segment.readBatch(before).isCrcValid()) {
    const { baseOffset, positionBytes } = before;
    return { kind: "damaged", damage: { offset: baseOffset, positionBytes, reason: WRONG_CHECKSUM } };
  }
  return place === null ? absent(isIndexWrong) : { kind: "found", place, expectedOffset, isIndexWrong };
}

/** What about a batch's header cannot be, where the next offset is `expectedOffset`; null when it can. */
export function disorder(batch: BatchView, expectedOffset: number): string | null {
  const { baseOffset, lastOffset, magic } = batch;
  if (magic !== 2) return `magic ${magic}`;
  if (baseOffset < expectedOffset || lastOffset < baseOffset) {
    return `offsets ${baseOffset} to ${lastOffset} where ${expectedOffset} comes next`;
  }
  return null;
}

function absent(isIndexWrong: boolean): BatchLookup {
  return { kind: "absent", isIndexWrong };
}

export const WRONG_CHECKSUM = "wrong checksum";
