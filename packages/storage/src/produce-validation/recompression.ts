import {
  BATCH_HEADER_BYTES,
  BatchView,
  type CompressionCodec,
  codecId,
  compress,
  LOG_OVERHEAD_BYTES,
  patchAttributes,
} from "@ottla/protocol";
import type { ProduceValidationConfig } from "./validate-produced-batch";

/**
 * The batch with its records in another codec. The records' own bytes, and every header field but length and attributes, stay.
 *
 * Of the attributes only codec and transactional bit stand for something in a client's batch; the others go, as when Kafka writes
 * the batch anew. The checksum is left to the caller, who may have more to change.
 *
 * @param body the records, uncompressed
 */
export function recompressed(
  batch: BatchView,
  body: Buffer,
  codec: CompressionCodec,
  config: ProduceValidationConfig,
): BatchView {
  const records = compress(codec, body, levelOf(codec, config));
  const bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES + records.length);
  batch.buffer.copy(bytes, 0, batch.position, batch.recordsPosition);
  records.copy(bytes, BATCH_HEADER_BYTES);
  bytes.writeInt32BE(bytes.length - LOG_OVERHEAD_BYTES, LENGTH_AT);
  patchAttributes(bytes, 0, codecId(codec) | (batch.isTransactional ? TRANSACTIONAL : 0));
  return new BatchView(bytes, 0);
}

const LENGTH_AT = 8;
const TRANSACTIONAL = 0x10;

function levelOf(codec: CompressionCodec, { compressionLevels }: ProduceValidationConfig): number | undefined {
  return codec === "gzip" || codec === "lz4" || codec === "zstd" ? compressionLevels?.[codec] : undefined;
}
