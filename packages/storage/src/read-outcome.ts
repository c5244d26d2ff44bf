import type { BatchRangeLimits } from "./batch-range-reader";

/** What to read: from the batch that holds `offset`. */
export interface ReadRequest extends BatchRangeLimits {
  readonly offset: number;
}

export type ReadOutcome =
  | {
      readonly kind: "records";
      /** Whole batches, in order. Not to be changed, and not to be touched after `release`. */
      readonly slices: readonly Buffer[];
      readonly sizeBytes: number;
      /** The offset after the last batch. */
      readonly nextOffset: number;
      /** To be called once the bytes have left. */
      release(): void;
    }
  /** The batch that holds the offset is not what was written, from `offset` on: nothing of it is served. */
  | { readonly kind: "damaged"; readonly offset: number }
  /** The offset is in the log, or at its end, but nothing lies within the limits. */
  | { readonly kind: "empty" }
  /** Below the log start or above the log end. */
  | { readonly kind: "outOfRange" };
