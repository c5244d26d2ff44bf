import {
  BatchBuilder,
  type BatchOptions,
  BatchView,
  CorruptRecordError,
  iterateRecords,
  NO_PRODUCER_ID,
  openRecords,
  type RecordCursor,
} from "@ottla/protocol";

/** By what records are judged. */
export interface CleanRules {
  readonly nowMs: number;
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number;
  /** Offsets above it are not in the map: their records stay. */
  readonly mappedTo: number;
  /** Offset of the last record up to `mappedTo` with the key in `length` bytes from `start` on; -1 when the map knows none. */
  lastOffsetOf(bytes: Buffer, start: number, length: number): number;
}

/** What is known of a batch from what surrounds it. */
export interface BatchStanding {
  /** Data of an aborted transaction, or a marker of which nothing else is left. */
  readonly isDiscardable: boolean;
  /** What its header says is still needed: it stays, without records if none of them does. */
  readonly mustStay: boolean;
}

export type CleanedBatch =
  | { readonly kind: "kept"; readonly records: number; readonly tombstones: number }
  | { readonly kind: "dropped" }
  | { readonly kind: "rewritten"; readonly batch: BatchView; readonly records: number; readonly tombstones: number };

/** A few hundred microseconds' worth of records. */
const RECORDS_BETWEEN_YIELDS = 64;
const DROPPED: CleanedBatch = { kind: "dropped" };

/**
 * What is left of a batch: of each key its last record, no record of an aborted transaction, and tombstones and markers until their delete
 * horizon, which is set when they are first come upon. Offsets, epoch, producer and sequence stay; records are compressed anew only when
 * some of them go or the horizon is set.
 *
 * @yields now and then, so that the caller may let others run
 * @throws CorruptRecordError when the records cannot be read
 * @see KIP-534 for the delete horizon
 */
export function* cleanBatch(
  batch: BatchView,
  rules: CleanRules,
  standing: BatchStanding,
): Generator<void, CleanedBatch> {
  if (batch.recordCount === 0) return standing.mustStay ? { kind: "kept", records: 0, tombstones: 0 } : DROPPED;
  if (batch.isControl) return cleanControl(batch, rules, standing);
  if (standing.isDiscardable) return withoutRecords(batch, standing);

  const retained = yield* judgeRecords(batch, rules);
  if (retained.offsets.length === 0) return withoutRecords(batch, standing);
  const needsHorizon = retained.hasMappedTombstone && batch.deleteHorizonMs === null;
  const counts = { records: retained.offsets.length, tombstones: retained.tombstones };
  if (retained.offsets.length === batch.recordCount && !needsHorizon) return { kind: "kept", ...counts };
  const horizon = needsHorizon ? rules.nowMs + rules.deleteRetentionMs : batch.deleteHorizonMs;
  return { kind: "rewritten", batch: yield* rewritten(batch, retained.offsets, horizon), ...counts };
}

function cleanControl(batch: BatchView, rules: CleanRules, standing: BatchStanding): CleanedBatch {
  const { deleteHorizonMs, recordCount } = batch;
  if (!standing.isDiscardable) return { kind: "kept", records: recordCount, tombstones: 0 };
  if (deleteHorizonMs === null) {
    const builder = new BatchBuilder(optionsOf(batch, rules.nowMs + rules.deleteRetentionMs));
    for (const record of iterateRecords(batch)) builder.append(record);
    const marked = new BatchView(builder.build({ lastOffset: batch.lastOffset }), 0);
    return { kind: "rewritten", batch: marked, records: recordCount, tombstones: 0 };
  }
  if (deleteHorizonMs > rules.nowMs) return { kind: "kept", records: recordCount, tombstones: 0 };
  return withoutRecords(batch, standing);
}

/** Only the header, if that is still needed. */
function withoutRecords(batch: BatchView, { mustStay }: BatchStanding): CleanedBatch {
  if (!mustStay) return DROPPED;
  const { codec: _, ...options } = optionsOf(batch, null);
  const { lastOffset, maxTimestamp } = batch;
  const header = new BatchView(new BatchBuilder(options).build({ lastOffset, maxTimestamp }), 0);
  return { kind: "rewritten", batch: header, records: 0, tombstones: 0 };
}

/** The records of a batch that stay. */
interface Retained {
  readonly offsets: readonly number[];
  readonly tombstones: number;
  /** One of them has taken the place of all before it: its time may begin to run. */
  readonly hasMappedTombstone: boolean;
}

function* judgeRecords(batch: BatchView, rules: CleanRules): Generator<void, Retained> {
  const { baseOffset, recordCount, deleteHorizonMs } = batch;
  const tombstonesStay = deleteHorizonMs === null || rules.nowMs < deleteHorizonMs;
  const cursor = openRecords(batch);
  const offsets: number[] = [];
  let tombstones = 0;
  let hasMappedTombstone = false;
  for (let index = 0; index < recordCount; index++) {
    if (index % RECORDS_BETWEEN_YIELDS === 0) yield;
    cursor.next();
    const offset = baseOffset + cursor.offsetDelta;
    const isTombstone = cursor.valueLength < 0;
    if (!isLast(cursor, offset, rules) || (isTombstone && !tombstonesStay && offset <= rules.mappedTo)) continue;
    offsets.push(offset);
    if (!isTombstone) continue;
    tombstones++;
    hasMappedTombstone ||= offset <= rules.mappedTo;
  }
  if (cursor.position !== cursor.end) throw new CorruptRecordError(`bytes follow the last of ${recordCount} records`);
  return { offsets, tombstones, hasMappedTombstone };
}

/** Whether nothing newer is known of the record's key. A record without key has nothing to be kept for. */
function isLast(cursor: RecordCursor, offset: number, rules: CleanRules): boolean {
  if (offset > rules.mappedTo) return true;
  if (cursor.keyLength < 0) return false;
  return offset >= rules.lastOffsetOf(cursor.bytes, cursor.keyPosition, cursor.keyLength);
}

function* rewritten(
  batch: BatchView,
  offsets: readonly number[],
  horizonMs: number | null,
): Generator<void, BatchView> {
  const builder = new BatchBuilder(optionsOf(batch, horizonMs));
  let next = 0;
  for (const record of iterateRecords(batch)) {
    if (record.offset !== offsets[next]) continue;
    builder.append(record);
    next++;
    if (next % RECORDS_BETWEEN_YIELDS === 0) yield;
    if (next === offsets.length) break;
  }
  return new BatchView(builder.build({ lastOffset: batch.lastOffset }), 0);
}

/** What a batch's header says and a rewritten one says again. */
function optionsOf(batch: BatchView, deleteHorizonMs: number | null): BatchOptions {
  const { codec, baseOffset, partitionLeaderEpoch, isTransactional, isControl } = batch;
  return {
    baseOffset,
    partitionLeaderEpoch,
    isTransactional,
    isControl,
    producerId: batch.hasProducerId ? batch.producerId : NO_PRODUCER_ID,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    ...(codec === null ? {} : { codec }),
    ...(batch.timestampType === "LogAppendTime" ? { logAppendTimeMs: batch.maxTimestamp } : {}),
    ...(deleteHorizonMs === null ? {} : { deleteHorizonMs }),
  };
}
