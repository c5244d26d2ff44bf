import { BatchBuilder, type CompressionCodec } from "@ottla/protocol";
import type { ValidatedBatch } from "../append-outcome";

/** Key, value (null for a tombstone), and the timestamp if it matters. */
export type KeyedRecord = readonly [key: string | null, value: string | null, timestamp?: number];

export interface KeyedWish {
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly codec?: CompressionCodec;
  /** For batches that are not appended by a leader. */
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  readonly logAppendTimeMs?: number;
  readonly deleteHorizonMs?: number;
}

export const KEYED_TIMESTAMP = 1_700_000_000_000;

/** A batch of records with keys, as produce validation hands it on. */
export function keyedBatch(records: readonly KeyedRecord[], wish: KeyedWish = {}): ValidatedBatch {
  return { batch: keyedBytes(records, wish), info: { logAppendTime: -1 } };
}

export function keyedBytes(records: readonly KeyedRecord[], wish: KeyedWish = {}): Buffer {
  const { producerId, producerEpoch = 0, baseSequence = 0, leaderEpoch, ...options } = wish;
  const builder = new BatchBuilder({
    ...options,
    ...(leaderEpoch === undefined ? {} : { partitionLeaderEpoch: leaderEpoch }),
    ...(producerId === undefined ? {} : { producerId, producerEpoch, baseSequence }),
  });
  for (const [key, value, timestamp = KEYED_TIMESTAMP] of records) {
    builder.append({
      timestamp,
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    });
  }
  return builder.build();
}
