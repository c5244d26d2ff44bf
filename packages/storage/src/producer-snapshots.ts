import type { Disk, Logger } from "@ottla/runtime";
import type { ProducerEntry } from "./producer-entry";
import { readProducerSnapshot, writeProducerSnapshot } from "./producer-snapshot";
import { offsetOfFileName, SNAPSHOT_SUFFIX, segmentFileName } from "./segment-name";

/** The snapshot files of one partition: producer state as of the offset each is named for. They lie in the page cache until a sync of the kernel's own. */
export class ProducerSnapshots {
  private offsets: number[];

  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    private readonly logger: Logger,
  ) {
    this.offsets = disk.list(directory).flatMap((name) => offsetOfFileName(name, SNAPSHOT_SUFFIX) ?? []);
  }

  /** Ascending. */
  get all(): readonly number[] {
    return this.offsets;
  }

  write(offset: number, entries: Iterable<ProducerEntry>): void {
    writeProducerSnapshot(this.disk, this.directory, offset, entries);
    if (!this.offsets.includes(offset)) this.offsets = [...this.offsets, offset].toSorted((a, b) => a - b);
  }

  /** The newest usable one at or below `offset`; unusable ones are removed on the way. */
  newest(offset: number): { readonly offset: number; readonly entries: readonly ProducerEntry[] } | null {
    for (const candidate of this.offsets.toReversed()) {
      if (candidate > offset) continue;
      const entries = readProducerSnapshot(this.disk, this.path(candidate));
      if (entries !== null) return { offset: candidate, entries };
      this.logger.warn("producer snapshot is corrupt and was removed", { path: this.path(candidate) });
      this.remove(candidate);
    }
    return null;
  }

  removeAbove(offset: number): void {
    for (const known of this.offsets) if (known > offset) this.remove(known);
  }

  /** Snapshots that belong to no segment go, but for the newest of them, which an orderly stop left. */
  removeStrays(segmentBaseOffsets: ReadonlySet<number>): void {
    const strays = this.offsets.filter((offset) => !segmentBaseOffsets.has(offset));
    const newest = this.offsets.at(-1);
    for (const stray of strays) if (stray !== newest) this.remove(stray);
  }

  /** Those at or below `offset` are never asked for again. */
  removeUpTo(offset: number): void {
    for (const known of this.offsets) if (known <= offset) this.remove(known);
  }

  removeSome(offsets: readonly number[]): void {
    for (const known of this.offsets) if (offsets.includes(known)) this.remove(known);
  }

  removeAll(): void {
    for (const known of this.offsets) this.remove(known);
  }

  private remove(offset: number): void {
    this.disk.remove(this.path(offset));
    this.offsets = this.offsets.filter((known) => known !== offset);
  }

  private path(offset: number): string {
    return `${this.directory}/${segmentFileName(offset, SNAPSHOT_SUFFIX)}`;
  }
}
