import type { CleanOutput } from "./clean-output";
import type { LogState } from "./log-state";
import type { Segment } from "./segment";
import { CLEANED_SUFFIX, SWAP_SUFFIX } from "./segment-name";
import { openSegment } from "./segment-opening";

/**
 * Puts a complete, durable segment into the place of neighbours, in one step for everybody who reads. Who reads one of the old files
 * already goes on; they are renamed `.deleted`.
 *
 * A process that ends in between leaves names that tell the next start what to do: as long as one ends in `.cleaned`, the originals are all
 * there and stay; once all end in `.swap`, they take the originals' place (`leftovers.ts`).
 *
 * @param originals follow each other; the first begins where the new one does
 * @returns files of no use any more
 * @throws DiskError, and the log is offline
 */
export function swapIn(state: LogState, output: CleanOutput, originals: readonly Segment[]): string[] {
  const { options, segments, snapshots, config, guard } = state;
  return guard.onDisk(() => {
    const modifiedMs = originals.at(-1)?.modifiedMs ?? options.clock.nowMs();
    output.rename(CLEANED_SUFFIX, SWAP_SUFFIX);
    const files = originals.flatMap((segment) => segment.renameDeleted());
    output.rename(SWAP_SUFFIX, "");
    const [first, ...others] = originals.map((segment) => segment.baseOffset);
    const segment = openSegment({ ...options, config }, first ?? 0);
    // Without timestamps in its records a segment's age is that of its file.
    options.disk.setModifiedMs(segment.logPath, modifiedMs);
    segments.replace(originals, segment);
    // What is in memory must not outlive what the transaction index says of it.
    state.tail.dropBelow(segments.from(originals.at(-1)?.baseOffset ?? 0)[1]?.baseOffset ?? 0);
    snapshots.removeSome(others);
    state.namesChanged = true;
    return files;
  });
}
