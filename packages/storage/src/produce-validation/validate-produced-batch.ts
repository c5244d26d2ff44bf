import {
  BatchView,
  type CompressionCodec,
  type CompressionLevels,
  contiguous,
  firstBatch,
  NO_TIMESTAMP,
  patchMaxTimestamp,
  recomputeCrc,
  type TimestampType,
} from "@ottla/protocol";
import { recompressed } from "./recompression";
import { checkRecords, type RecordFindings } from "./record-checks";

/** What a client sent for one partition, and the rules it has to meet there. */
export interface ProducedBatch {
  /** The `records` field of the partition, as slices of the request. */
  readonly records: readonly Buffer[];
  /** Version of the Produce request: it decides which formats and codecs the client may use. */
  readonly produceVersion: number;
  /** For messages to the client, as Kafka prints it: "orders-0". */
  readonly topicPartition: string;
  readonly config: ProduceValidationConfig;
  /** The leader's clock in ms since the epoch. */
  readonly nowMs: number;
  /**
   * "coordinator" for what the broker itself writes (offsets, group and transaction states, markers): it may hold control records, and
   * is not held to a base offset of 0.
   */
  readonly origin?: "client" | "coordinator";
}

/** The topic's configuration, as far as it concerns what may be appended; the names are Kafka's. */
export interface ProduceValidationConfig {
  /** `compression.type`: "producer" keeps the codec that the client chose. */
  readonly compressionType: CompressionCodec | "producer" | "uncompressed";
  readonly compressionLevels?: CompressionLevels;
  /** `message.timestamp.type`. */
  readonly timestampType: TimestampType;
  /** `message.timestamp.before.max.ms`; from 2^63 - 1 on (also as the nearest double, or Infinity) there is no limit. */
  readonly timestampBeforeMaxMs: number;
  /** `message.timestamp.after.max.ms`; as above. */
  readonly timestampAfterMaxMs: number;
  /** `max.message.bytes`: bound on the batch as it is stored. */
  readonly maxMessageBytes: number;
  /** Whether `cleanup.policy` contains "compact": every record must have a key. */
  readonly isCompacted: boolean;
  /**
   * Whether records are looked at when no configured rule asks for it.
   *
   * "always" (the default), as Kafka: count, offsets and max timestamp are compared with the records, compressed ones too, so that no
   * client can store a batch that other clients choke on. "cheap" leaves compressed batches closed, and then takes the header's word.
   */
  readonly validateRecords?: "always" | "cheap";
  /** Bound in bytes on a batch's records when decompressed; 32 MiB by default (`PRODUCED_BYTES_MAX`). */
  readonly decompressedBytesMax?: number;
}

/** Kafka's names for what can be wrong with a produced batch. */
export type ProduceRefusal =
  | "CORRUPT_MESSAGE"
  | "INVALID_RECORD"
  | "INVALID_TIMESTAMP"
  | "MESSAGE_TOO_LARGE"
  | "UNSUPPORTED_COMPRESSION_TYPE"
  | "UNSUPPORTED_FOR_MESSAGE_FORMAT";

/** One record that a rule rejects; the rest of its batch falls with it. */
export interface RecordError {
  /** The record's place in the batch, from 0. */
  readonly batchIndex: number;
  readonly message: string | null;
}

/** What the log and the answer need to know of an accepted batch, read once. */
export interface AcceptedBatchInfo {
  readonly lastOffsetDelta: number;
  /** In ms; -1 when no record has a timestamp. Under LogAppendTime the time of the append. */
  readonly maxTimestamp: number;
  /** In ms; -1 unless the topic has LogAppendTime. */
  readonly logAppendTime: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly recordCount: number;
}

export type ProduceValidation =
  | {
      readonly kind: "accepted";
      /** The batch to append. Its base offset and leader epoch are the log's to set. */
      readonly batch: Buffer;
      readonly info: AcceptedBatchInfo;
    }
  | {
      readonly kind: "refused";
      readonly error: ProduceRefusal;
      /** Set only where single records were rejected; Kafka says nothing about whole batches either. */
      readonly message: string | null;
      readonly recordErrors: readonly RecordError[];
    };

/**
 * Decides whether a produced batch may be appended, and makes it what the topic's configuration wants stored.
 *
 * The rules are those of Kafka's leader: exactly one batch, of magic 2, at base offset 0, within `max.message.bytes`, with a right
 * checksum; count, offset range and records agree; no control records and no producer id without a sequence; keys and timestamps
 * as configured. A wrong max timestamp and a client's LogAppendTime bit are corrected, not refused. Sequence numbers are judged
 * later, against the producer's state.
 *
 * Where this differs from Kafka 3.9, on purpose:
 * - magic 0 and 1 are refused, not converted;
 * - offset deltas must be 0, 1, 2, ...: Kafka stores other deltas of plain records, which consumers then trip over, and rewrites those
 *   of compressed ones;
 * - records that do not decompress under a right checksum are INVALID_RECORD, and a codec without a meaning is
 *   UNSUPPORTED_COMPRESSION_TYPE, where Kafka answers UNKNOWN_SERVER_ERROR: both say what is wrong, and neither is retried;
 * - records that decompress to more than `decompressedBytesMax` are MESSAGE_TOO_LARGE, where Kafka has no bound;
 * - at most 1000 record errors are listed.
 *
 * Usually the caller's own bytes come back; max timestamp, attributes and checksum are corrected in place. A new buffer comes back
 * when the codec changes.
 *
 * @throws DecompressionFailed with failure "unavailable", or Error, for zstd when `compressionReady()` was not awaited
 */
export function validateProducedBatch(input: ProducedBatch): ProduceValidation {
  const { config, nowMs } = input;
  const batch = onlyBatch(input);
  if (!(batch instanceof BatchView)) return batch;

  const refusal = checkHeader(batch, input);
  if (refusal !== null) return refusal;

  const targetCodec = codecToStore(config, batch);
  const changesCodec = targetCodec !== batch.codec;
  let findings: RecordFindings | null = null;
  if (changesCodec || mustSeeRecords(batch, config)) {
    const checked = checkRecords(batch, input);
    if (checked.kind === "refused") return checked;
    findings = checked;
  }

  const stored = changesCodec && findings !== null ? recompressed(batch, findings.body, targetCodec, config) : batch;
  if (changesCodec && stored.sizeInBytes > config.maxMessageBytes) return refused("MESSAGE_TOO_LARGE");

  const isAppendTime = config.timestampType === "LogAppendTime";
  const maxTimestamp = isAppendTime ? nowMs : (findings?.maxTimestamp ?? stored.maxTimestamp);
  const changesTimestamp = stored.maxTimestamp !== maxTimestamp || stored.timestampType !== config.timestampType;
  if (changesTimestamp) patchMaxTimestamp(stored.buffer, stored.position, config.timestampType, maxTimestamp);
  if (changesTimestamp || changesCodec) recomputeCrc(stored.buffer, stored.position);
  return { kind: "accepted", batch: stored.bytes, info: infoOf(stored, isAppendTime ? nowMs : NO_TIMESTAMP) };
}

type Refused = Extract<ProduceValidation, { kind: "refused" }>;

/** The one batch that the request may carry for a partition. Bytes after it that begin no whole batch are dropped, as Kafka does. */
function onlyBatch({ records, produceVersion }: ProducedBatch): BatchView | Refused {
  const bytes = contiguous(records);
  const batch = firstBatch(bytes);
  if (!(batch instanceof BatchView)) return refused(batch.kind === "corrupt" ? "CORRUPT_MESSAGE" : "INVALID_RECORD");
  if (batch.magic < 2) return refused(produceVersion < 3 ? "UNSUPPORTED_FOR_MESSAGE_FORMAT" : "INVALID_RECORD");
  if (batch.codec === "zstd" && produceVersion < FIRST_VERSION_WITH_ZSTD)
    return refused("UNSUPPORTED_COMPRESSION_TYPE");
  const second = firstBatch(bytes, batch.endPosition);
  if (second instanceof BatchView) return refused("INVALID_RECORD");
  return second.kind === "corrupt" ? refused("CORRUPT_MESSAGE") : batch;
}

const FIRST_VERSION_WITH_ZSTD = 7;

/** The rules that need only the header and the checksum, in Kafka's order: the first one broken names the error. */
function checkHeader(batch: BatchView, { config, origin }: ProducedBatch): Refused | null {
  const fromClient = origin !== "coordinator";
  if (fromClient && batch.baseOffset !== 0) return refused("INVALID_RECORD");
  if (batch.sizeInBytes > config.maxMessageBytes) return refused("MESSAGE_TOO_LARGE");
  if (!batch.isCrcValid()) return refused("CORRUPT_MESSAGE");
  if (batch.codec === null) return refused("UNSUPPORTED_COMPRESSION_TYPE");
  const count = batch.recordCount;
  if (count <= 0 || count !== batch.lastOffsetDelta + 1) return refused("INVALID_RECORD");
  if (!fromClient) return null;
  if (batch.isControl) return refused("INVALID_RECORD");
  return batch.hasProducerId && batch.baseSequence < 0 ? refused("INVALID_RECORD") : null;
}

function codecToStore({ compressionType }: ProduceValidationConfig, batch: BatchView): CompressionCodec {
  if (batch.isControl) return "none"; // A marker is one short record, which every codec would make longer.
  if (compressionType === "producer") return batch.codec ?? "none";
  return compressionType === "uncompressed" ? "none" : compressionType;
}

function mustSeeRecords(batch: BatchView, config: ProduceValidationConfig): boolean {
  if (config.validateRecords !== "cheap" || batch.codec === "none" || config.isCompacted) return true;
  if (config.timestampType === "LogAppendTime") return false;
  return config.timestampBeforeMaxMs < INT64_MAX || config.timestampAfterMaxMs < INT64_MAX;
}

/** 2^63 - 1 as the double that JavaScript makes of it. */
const INT64_MAX = 2 ** 63;

function infoOf(batch: BatchView, logAppendTime: number): AcceptedBatchInfo {
  return {
    lastOffsetDelta: batch.lastOffsetDelta,
    maxTimestamp: batch.maxTimestamp,
    logAppendTime,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    recordCount: batch.recordCount,
  };
}

function refused(error: ProduceRefusal): Refused {
  return { kind: "refused", error, message: null, recordErrors: [] };
}
