import { invariant } from "@ottla/runtime";
import type { Segment } from "./segment";

/**
 * A log's segments by base offset; the last is the active one, which alone is appended to. There is always one.
 *
 * A list once given out does not change: whoever goes through it and waits in between comes by all that were there.
 */
export class SegmentList {
  private segments: Segment[];

  constructor(segments: readonly Segment[]) {
    this.segments = [...segments];
    this.segments.at(-1)?.setActive(true);
  }

  get active(): Segment {
    const last = this.segments.at(-1);
    invariant(last !== undefined, () => "a log has at least one segment");
    return last;
  }

  get first(): Segment {
    const first = this.segments[0];
    invariant(first !== undefined, () => "a log has at least one segment");
    return first;
  }

  get all(): readonly Segment[] {
    return this.segments;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Index of the last segment that begins at or below `offset`; -1 when all begin above it. */
  floorIndex(offset: number): number {
    let low = -1;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.segments[middle]?.baseOffset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The segment that may hold `offset` and all behind it. */
  from(offset: number): readonly Segment[] {
    return this.segments.slice(Math.max(this.floorIndex(offset), 0));
  }

  push(segment: Segment): void {
    const last = this.segments.at(-1);
    invariant(
      last === undefined || last.baseOffset < segment.baseOffset,
      () => `segment ${segment.baseOffset} follows ${last?.baseOffset}`,
    );
    last?.setActive(false);
    this.segments = [...this.segments, segment];
    segment.setActive(true);
  }

  /** Takes out the oldest `count`. */
  shift(count: number): Segment[] {
    const oldest = this.segments.slice(0, count);
    this.segments = this.segments.slice(count);
    return oldest;
  }

  /** Takes out all that begin above `offset`. */
  popAbove(offset: number): Segment[] {
    const count = this.floorIndex(offset) + 1;
    const above = this.segments.slice(count);
    this.segments = this.segments.slice(0, count);
    if (above.length > 0) this.segments.at(-1)?.setActive(true);
    return above;
  }

  replaceAll(segment: Segment): Segment[] {
    const { segments } = this;
    segment.setActive(true);
    this.segments = [segment];
    return segments;
  }

  /** Puts `segment` into the place of some that follow each other, none of them the active one. */
  replace(originals: readonly Segment[], segment: Segment): void {
    const [first] = originals;
    const from = first === undefined ? -1 : this.segments.indexOf(first);
    const isThere = from >= 0 && originals.every((original, index) => this.segments[from + index] === original);
    invariant(isThere && !originals.includes(this.active), () => `${segment.logPath} has nothing to replace`);
    this.segments = this.segments.toSpliced(from, originals.length, segment);
  }
}
