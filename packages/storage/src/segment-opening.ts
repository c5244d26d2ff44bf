import type { LogOptions } from "./log-options";
import { Segment } from "./segment";

/** A segment without records, its files made. */
export function newSegment(options: LogOptions, baseOffset: number): Segment {
  const segment = openSegment(options, baseOffset);
  segment.createFiles();
  return segment;
}

/** A segment whose files are there. */
export function openSegment(options: LogOptions, baseOffset: number): Segment {
  const { disk, directory, clock, random, config, openFiles } = options;
  const jitterBoundMs = Math.min(config.segmentJitterMs, config.segmentMs, 2 ** 32);
  const rollJitterMs = jitterBoundMs > 0 ? random.below(jitterBoundMs) : 0;
  return new Segment(disk, directory, baseOffset, clock.nowMs(), rollJitterMs, openFiles);
}
