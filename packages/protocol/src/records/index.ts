export { crc32c } from "../crc32c";
export { BatchBuilder, type BatchOptions, type BatchRemainder, type RecordToAppend } from "./batch-builder";
export { type BatchScanEnd, contiguous, firstBatch, iterateBatches, scanBatches } from "./batch-iteration";
export {
  BATCH_HEADER_BYTES,
  LOG_OVERHEAD_BYTES,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
} from "./batch-layout";
export {
  patchAttributes,
  patchBaseOffset,
  patchLeaderEpoch,
  patchMaxTimestamp,
  patchProducer,
  recomputeCrc,
} from "./batch-patching";
export { BatchView, sequenceAfter, type TimestampType } from "./batch-view";
export {
  buildEndTxnMarker,
  type ControlRecordType,
  controlRecordType,
  decodeEndTxnMarker,
  type EndTxnMarker,
  type EndTxnMarkerOptions,
} from "./control-records";
export { CorruptRecordError } from "./corrupt-record-error";
export { RecordCursor } from "./record-cursor";
export {
  DECOMPRESSED_BYTES_MAX,
  type DecodedRecord,
  decodeRecords,
  iterateRecords,
  openRecords,
  type RecordHeader,
  type RecordLimits,
} from "./record-iteration";
