/** What grouping needs to know of a segment. Sizes in bytes. */
export interface GroupedSegment {
  readonly baseOffset: number;
  readonly sizeBytes: number;
  readonly offsetIndexBytes: number;
  readonly timeIndexBytes: number;
}

/** A swap renames some ten files a segment, in one step: not of too many at once. */
const SEGMENTS_MAX = 64;
/** Offsets in an index are relative to the segment's base, in 32 bits. */
const SPAN_MAX = 2 ** 31 - 1;

/**
 * Which neighbours become one segment: as many as fit `segment.bytes` and `segment.index.bytes`, so that what cleaning has shrunk does not
 * stay in ever more and ever smaller files.
 *
 * @param segments in order
 * @param endOffset where the last one ends
 */
export function groupSegments<S extends GroupedSegment>(
  segments: readonly S[],
  endOffset: number,
  limits: { readonly segmentBytes: number; readonly segmentIndexBytes: number },
): S[][] {
  const groups: S[][] = [];
  let group: S[] = [];
  let sizeBytes = 0;
  let offsetIndexBytes = 0;
  let timeIndexBytes = 0;
  for (const [index, segment] of segments.entries()) {
    const lastOffset = (segments[index + 1]?.baseOffset ?? endOffset) - 1;
    const first = group[0];
    const fits =
      first !== undefined &&
      group.length < SEGMENTS_MAX &&
      sizeBytes + segment.sizeBytes <= limits.segmentBytes &&
      offsetIndexBytes + segment.offsetIndexBytes <= limits.segmentIndexBytes &&
      timeIndexBytes + segment.timeIndexBytes <= limits.segmentIndexBytes &&
      // An empty one has nothing to address.
      (segment.sizeBytes === 0 || lastOffset - first.baseOffset <= SPAN_MAX);
    if (!fits) {
      group = [];
      groups.push(group);
      sizeBytes = 0;
      offsetIndexBytes = 0;
      timeIndexBytes = 0;
    }
    group.push(segment);
    sizeBytes += segment.sizeBytes;
    offsetIndexBytes += segment.offsetIndexBytes;
    timeIndexBytes += segment.timeIndexBytes;
  }
  return groups;
}
