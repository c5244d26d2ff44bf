export {
  type AppendOutcome,
  type AppendRefusal,
  FollowerAppendRefused,
  type ValidatedBatch,
} from "./append-outcome";
export { defaultLogConfig, type LogConfig } from "./log-config";
export { TruncatedBeforeFlush } from "./log-flusher";
export type { LogCheckpoint, LogOptions, RecoveryReport } from "./log-loading";
export { type DeletedSegments, PartitionLog } from "./partition-log";
export type { RetentionReason } from "./plans/retention";
export * from "./produce-validation/index";
export type { ReadOutcome, ReadRequest } from "./read-outcome";
export type { TailCut } from "./segment-recovery";
export { TailBudget } from "./tail-cache";
export type { TimestampedOffset } from "./timestamp-search";
export type { AbortedTransaction } from "./transaction-index";
