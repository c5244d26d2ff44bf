/** What is known of the active segment and of the batch about to be appended. Sizes in bytes, times in ms. */
export interface RollQuestion {
  readonly segmentBaseOffset: number;
  readonly segmentSizeBytes: number;
  /** Max timestamp of the segment's first batch; -1 when there is none. */
  readonly firstTimestamp: number;
  readonly createdMs: number;
  readonly rollJitterMs: number;
  readonly isAnIndexFull: boolean;
  readonly batchSizeBytes: number;
  readonly batchLastOffset: number;
  readonly batchMaxTimestamp: number;
  readonly nowMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
}

/** Whether the batch goes into a new segment: the old one is full, old, or cannot address it (Kafka's order and conditions). */
export function needsRoll(question: RollQuestion): boolean {
  const { segmentSizeBytes, batchSizeBytes, segmentBytes } = question;
  if (segmentSizeBytes > segmentBytes - batchSizeBytes) return true;
  if (segmentSizeBytes > 0 && isAged(question, question.batchMaxTimestamp)) return true;
  return question.isAnIndexFull || question.batchLastOffset - question.segmentBaseOffset > 2 ** 31 - 1;
}

/** Age by the records' own clock when they have timestamps, by the time since the segment was made when not. */
export function isAged(
  question: Pick<RollQuestion, "firstTimestamp" | "createdMs" | "rollJitterMs" | "nowMs" | "segmentMs">,
  newestTimestamp: number,
): boolean {
  const { firstTimestamp, createdMs, rollJitterMs, nowMs, segmentMs } = question;
  const ageMs = firstTimestamp >= 0 && newestTimestamp >= 0 ? newestTimestamp - firstTimestamp : nowMs - createdMs;
  return ageMs > segmentMs - rollJitterMs;
}
