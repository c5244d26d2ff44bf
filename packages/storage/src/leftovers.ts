import type { Disk } from "@ottla/runtime";
import { walkHeaders } from "./batch-walk";
import { largePieces } from "./piece-pool";
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./segment-name";

const SEGMENT_SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];

/**
 * Puts a partition's directory in order after whatever was under way when its last owner stopped: deletions are finished, unfinished
 * cleaning is thrown away, complete replacements take the place of what they replace, indexes without a log go.
 *
 * @returns what was done, a sentence for each file
 */
export function clearLeftovers(disk: Disk, directory: string): string[] {
  const remarks: string[] = [];
  const remove = (name: string, why: string) => {
    disk.remove(`${directory}/${name}`);
    remarks.push(`removed ${name}: ${why}`);
  };
  const names = disk.list(directory);
  for (const name of names) if (name.endsWith(DELETED_SUFFIX)) remove(name, "its deletion was under way");

  const unfinished = Math.min(...offsetsOf(names, CLEANED_SUFFIX));
  for (const name of names) if (name.endsWith(CLEANED_SUFFIX)) remove(name, "cleaning was under way");
  for (const name of names) {
    if (name.endsWith(SWAP_SUFFIX) && segmentOffset(name, SWAP_SUFFIX) >= unfinished)
      remove(name, "its cleaning was under way");
  }
  takeReplacements(disk, directory, remarks);

  const present = disk.list(directory);
  for (const name of present) {
    for (const suffix of SEGMENT_SUFFIXES) {
      const offset = offsetOfFileName(name, suffix);
      if (offset !== null && suffix !== LOG_SUFFIX && !present.includes(name.slice(0, 20) + LOG_SUFFIX))
        remove(name, "it has no log");
    }
  }
  return remarks;
}

/** A `.swap` segment replaces the originals from its base offset up to the next original beyond what it covers. */
function takeReplacements(disk: Disk, directory: string, remarks: string[]): void {
  const swaps = disk.list(directory).filter((name) => name.endsWith(SWAP_SUFFIX));
  const replacements = offsetsOf(swaps, SWAP_SUFFIX, LOG_SUFFIX);
  for (const base of replacements) {
    const path = `${directory}/${String(base).padStart(20, "0")}${LOG_SUFFIX}${SWAP_SUFFIX}`;
    const nextOffset = endOffsetOf(disk, path, base);
    for (const name of disk.list(directory)) {
      for (const suffix of SEGMENT_SUFFIXES) {
        const offset = offsetOfFileName(name, suffix);
        if (offset === null || offset < base || offset >= nextOffset) continue;
        disk.remove(`${directory}/${name}`);
        remarks.push(`removed ${name}: it was replaced`);
      }
    }
  }
  // The log first: while it is not in place, the files of that offset are those of the original.
  const isLog = (name: string): boolean => name.endsWith(LOG_SUFFIX + SWAP_SUFFIX);
  for (const name of [...swaps.filter(isLog), ...swaps.filter((other) => !isLog(other))]) {
    disk.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -SWAP_SUFFIX.length)}`);
    remarks.push(`took ${name} as the replacement`);
  }
}

/** The offset after the last batch of a log file. */
function endOffsetOf(disk: Disk, path: string, base: number): number {
  const file = disk.open(path, "read");
  try {
    let nextOffset = base + 1;
    walkHeaders(file, 0, file.sizeBytes(), largePieces, (batch) => {
      nextOffset = Math.max(nextOffset, batch.lastOffset + 1);
      return true;
    });
    return nextOffset;
  } finally {
    file.close();
  }
}

/** Ascending, each once. */
function offsetsOf(names: readonly string[], marker: string, kind?: string): number[] {
  const offsets = new Set<number>();
  for (const name of names) {
    if (!name.endsWith(marker)) continue;
    const original = name.slice(0, -marker.length);
    for (const suffix of kind === undefined ? SEGMENT_SUFFIXES : [kind]) {
      const offset = offsetOfFileName(original, suffix);
      if (offset !== null) offsets.add(offset);
    }
  }
  return [...offsets].toSorted((a, b) => a - b);
}

function segmentOffset(name: string, marker: string): number {
  return offsetsOf([name], marker)[0] ?? -1;
}
