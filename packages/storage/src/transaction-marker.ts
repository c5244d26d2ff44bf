import { type BatchView, CorruptRecordError, decodeEndTxnMarker, iterateRecords } from "@ottla/protocol";
import type { TransactionMarker } from "./producer-entry";

/**
 * What a control batch says about a transaction.
 *
 * @param batch a view whose records are in memory too
 * @returns null for data, for a marker that the cleaner has emptied, and for control records of other kinds
 */
export function transactionMarkerOf(batch: BatchView): TransactionMarker | null {
  if (!batch.isControl || !batch.isTransactional) return null;
  try {
    for (const record of iterateRecords(batch)) return decodeEndTxnMarker(record);
  } catch (failure) {
    // The checksum was right, so this is how it was written: no marker that anybody could read.
    if (!(failure instanceof CorruptRecordError)) throw failure;
  }
  return null;
}
