/**
 * Where the fields of a record batch of magic 2 stand, in bytes from the batch's first byte. All integers are big-endian.
 *
 * The checksum covers everything from `ATTRIBUTES_AT` on, so that a leader can set base offset and leader epoch without a new one.
 */
export const BASE_OFFSET_AT = 0;
export const BATCH_LENGTH_AT = 8;
export const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;

/** Bytes of a batch before its records. An empty batch has exactly as many. */
export const BATCH_HEADER_BYTES = 61;
/** Base offset and length: what precedes the bytes that the length counts, in every magic. */
export const LOG_OVERHEAD_BYTES = 12;
/** The bytes that say how long a batch is and of which magic. */
export const HEADER_UP_TO_MAGIC_BYTES = 17;

export const CODEC_MASK = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
export const DELETE_HORIZON_BIT = 0x40;

/** The timestamp of a record that has none. */
export const NO_TIMESTAMP = -1;
export const NO_PRODUCER_ID = -1n;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_LEADER_EPOCH = -1;
