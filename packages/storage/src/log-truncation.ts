import { lookUpBatch } from "./batch-lookup";
import type { LogDurability } from "./log-durability";
import type { LogState } from "./log-state";
import { rebuildProducers } from "./producer-replay";
import type { Segment } from "./segment";

/**
 * Drops every batch that reaches `offset` or beyond, and whatever remembers them: producers, epochs, the tail in memory, what was flushed,
 * reads under way. The high watermark is lowered if need be.
 *
 * @throws DiskError, and the log is offline
 */
export function truncateTo(state: LogState, durability: LogDurability, offset: number): void {
  if (offset < Math.min(state.highWatermark, state.logEndOffset)) reportLoss(state, offset);
  cutAt(state, durability, offset);
}

/**
 * Drops what cannot be read, from the first damaged batch on, and all behind it: a leader has it. To be called only when no ISR relies on
 * this log.
 *
 * @throws DiskError, and the log is offline
 */
export function cutDamage(state: LogState, durability: LogDurability): void {
  const { first } = state.damages;
  if (first === null) return;
  const { logEndOffset, highWatermark, logStartOffset, options } = state;
  options.logger.warn("cuts off damaged records and all behind them, to fetch them again", {
    offset: first.offset,
    logEndOffset,
    highWatermark,
  });
  if (first.offset > logStartOffset) cutAt(state, durability, first.offset);
  else restartAt(state, durability, logStartOffset);
}

function cutAt(state: LogState, durability: LogDurability, offset: number): void {
  const { segments, epochs, guard, snapshots } = state;
  if (offset >= state.logEndOffset) {
    // An epoch that began here without a record conflicts with what the leader says of it, time and again.
    if ((epochs.entries.at(-1)?.startOffset ?? -1) >= offset) guard.onDisk(() => epochs.truncateFromEnd(offset));
    return;
  }
  if (offset < state.logStartOffset) {
    restartAt(state, durability, offset);
    return;
  }
  guard.onDisk(() => {
    for (const segment of segments.popAbove(offset)) segment.removeFiles();
    const { active } = segments;
    const place = placeToCut(active, offset);
    if (place !== null) active.truncateAt(place);
    state.logEndOffset = Math.min(place?.baseOffset ?? offset, offset);
    epochs.truncateFromEnd(state.logEndOffset);
    snapshots.removeAbove(state.logEndOffset);
    rebuildProducersAtOnce(state);
  });
  forgetTail(state);
  state.highWatermark = Math.min(state.highWatermark, state.logEndOffset);
  durability.truncated();
}

/**
 * Drops everything; the log starts again, empty, at `offset`.
 *
 * @param logStartOffset greater than `offset` when the first batch to come holds it somewhere inside
 * @throws DiskError, and the log is offline
 */
export function restartAt(state: LogState, durability: LogDurability, offset: number, logStartOffset = offset): void {
  const { segments, epochs, guard, snapshots, producers, options } = state;
  guard.onDisk(() => {
    // Renamed first: hundreds of old segments take long to remove.
    const files = segments.all.flatMap((segment) => segment.renameDeleted());
    segments.replaceAll(state.newSegment(offset));
    epochs.clear();
    snapshots.removeAll();
    producers.clear();
    if (options.removeLater !== undefined) options.removeLater(files);
    else for (const file of files) options.disk.remove(file);
  });
  state.logEndOffset = offset;
  state.logStartOffset = logStartOffset;
  state.highWatermark = logStartOffset;
  forgetTail(state);
  durability.restarted();
}

/** Where to cut a segment so that nothing of `offset` or beyond is left: at what is no batch in order, if that comes first. */
function placeToCut(segment: Segment, offset: number): { positionBytes: number; baseOffset: number } | null {
  if (segment.sizeBytes === 0) return null;
  const lookup = lookUpBatch(segment, offset);
  switch (lookup.kind) {
    case "found":
      return lookup.place;
    case "absent":
      return null;
    case "damaged":
      return { positionBytes: lookup.damage.positionBytes, baseOffset: lookup.damage.offset };
  }
}

function forgetTail(state: LogState): void {
  state.tail.clear();
  // What comes in its place has not been cleaned.
  if (state.firstDirtyOffset !== null) state.firstDirtyOffset = Math.min(state.firstDirtyOffset, state.logEndOffset);
  state.damages.onCut(state.logEndOffset);
  state.cuts++;
  state.namesChanged = true;
}

function rebuildProducersAtOnce(state: LogState): void {
  const { producers, logStartOffset, logEndOffset, highWatermark, options } = state;
  for (const _ of rebuildProducers(state, new Map(), options.clock.nowMs())) {
    // A truncation is one step: nothing else may see a log whose producers do not belong to it.
  }
  producers.onLogStart(logStartOffset);
  producers.onHighWatermark(Math.min(highWatermark, logEndOffset));
}

/** Committed records go: only after an unclean election, or one among torn replicas, may that be. */
function reportLoss(state: LogState, offset: number): void {
  const { highWatermark, logStartOffset, logEndOffset } = state;
  const range = { offset, highWatermark, logStartOffset, logEndOffset };
  state.options.logger.error("truncating below the high watermark: committed records are lost here", range);
}
