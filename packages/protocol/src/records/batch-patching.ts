import { crc32c } from "../crc32c";
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BATCH_LENGTH_AT,
  CRC_AT,
  LEADER_EPOCH_AT,
  LOG_APPEND_TIME_BIT,
  LOG_OVERHEAD_BYTES,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
} from "./batch-layout";
import type { TimestampType } from "./batch-view";
import { writeInt64 } from "./int64";

/** Gives the batch at `position` its place in the log. The checksum does not cover it. */
export function patchBaseOffset(buffer: Buffer, position: number, baseOffset: number): void {
  writeInt64(buffer, position + BASE_OFFSET_AT, baseOffset);
}

/** Stamps the batch at `position` with the epoch of the leader that appends it. The checksum does not cover it. */
export function patchLeaderEpoch(buffer: Buffer, position: number, leaderEpoch: number): void {
  buffer.writeInt32BE(leaderEpoch, position + LEADER_EPOCH_AT);
}

/** Replaces all attribute bits. The checksum covers them: {@link recomputeCrc} must follow. */
export function patchAttributes(buffer: Buffer, position: number, attributes: number): void {
  buffer.writeInt16BE((attributes << 16) >> 16, position + ATTRIBUTES_AT);
}

/** Sets timestamp type and max timestamp (ms). The checksum covers them: {@link recomputeCrc} must follow. */
export function patchMaxTimestamp(
  buffer: Buffer,
  position: number,
  timestampType: TimestampType,
  maxTimestamp: number,
): void {
  const attributes = buffer.readInt16BE(position + ATTRIBUTES_AT);
  const isAppendTime = timestampType === "LogAppendTime";
  patchAttributes(
    buffer,
    position,
    isAppendTime ? attributes | LOG_APPEND_TIME_BIT : attributes & ~LOG_APPEND_TIME_BIT,
  );
  writeInt64(buffer, position + MAX_TIMESTAMP_AT, maxTimestamp);
}

/** Sets who produced the batch and where in its sequence. The checksum covers them: {@link recomputeCrc} must follow. */
export function patchProducer(
  buffer: Buffer,
  position: number,
  producer: { readonly producerId: bigint; readonly producerEpoch: number; readonly baseSequence: number },
): void {
  buffer.writeBigInt64BE(producer.producerId, position + PRODUCER_ID_AT);
  buffer.writeInt16BE(producer.producerEpoch, position + PRODUCER_EPOCH_AT);
  buffer.writeInt32BE(producer.baseSequence, position + BASE_SEQUENCE_AT);
}

/** Writes the checksum of the batch at `position`, whose length field must be right. */
export function recomputeCrc(buffer: Buffer, position: number): void {
  const end = position + LOG_OVERHEAD_BYTES + buffer.readInt32BE(position + BATCH_LENGTH_AT);
  buffer.writeUInt32BE(crc32c(buffer, position + ATTRIBUTES_AT, end), position + CRC_AT);
}
