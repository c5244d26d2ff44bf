import type { ProducerRefusal } from "./producer-entry";

/** A batch that a leader may append: it passed produce validation, and its memory is the log's from now on. */
export interface ValidatedBatch {
  readonly batch: Buffer;
  readonly info: {
    /** Time of the append under LogAppendTime, ms; -1 under CreateTime. */
    readonly logAppendTime: number;
  };
}

export type AppendRefusal =
  | ProducerRefusal
  | "TRANSACTION_COORDINATOR_FENCED"
  | "RECORD_LIST_TOO_LARGE"
  | "KAFKA_STORAGE_ERROR";

/** What became of one batch handed to `PartitionLog.appendAsLeader`. */
export type AppendOutcome =
  | {
      readonly kind: "appended";
      readonly baseOffset: number;
      readonly lastOffset: number;
      readonly logAppendTime: number;
    }
  /** It was in the log already: a retry. `timestamp` is the stored batch's. */
  | { readonly kind: "duplicate"; readonly baseOffset: number; readonly lastOffset: number; readonly timestamp: number }
  | { readonly kind: "refused"; readonly error: AppendRefusal; readonly reason: string };
