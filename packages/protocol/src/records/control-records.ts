import { BatchBuilder } from "./batch-builder";

/** What a control record says. The last five occur only in the logs of a KRaft cluster. */
export type ControlRecordType =
  | "ABORT"
  | "COMMIT"
  | "LEADER_CHANGE"
  | "SNAPSHOT_HEADER"
  | "SNAPSHOT_FOOTER"
  | "KRAFT_VERSION"
  | "KRAFT_VOTERS";

/** The end of a transaction on one partition, as the coordinator wrote it. */
export interface EndTxnMarker {
  readonly type: "ABORT" | "COMMIT";
  readonly coordinatorEpoch: number;
}

/**
 * The type of a control record, from its key: version (int16), type (int16), and whatever later versions add.
 *
 * @returns null for a type or a key that this version does not know; readers skip such records
 */
export function controlRecordType(key: Buffer | null): ControlRecordType | null {
  if (key === null || key.length < 4 || key.readInt16BE(0) < 0) return null;
  return CONTROL_RECORD_TYPES[key.readInt16BE(2)] ?? null;
}

/**
 * The transaction marker in a control record.
 *
 * @returns null when the record is no transaction marker, or its value is cut off
 */
export function decodeEndTxnMarker(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}): EndTxnMarker | null {
  const type = controlRecordType(record.key);
  if (type !== "ABORT" && type !== "COMMIT") return null;
  if (record.value === null || record.value.length < 6) return null;
  return { type, coordinatorEpoch: record.value.readInt32BE(2) };
}

export interface EndTxnMarkerOptions extends EndTxnMarker {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Time of the marker in ms. */
  readonly timestamp: number;
  readonly baseOffset?: number;
  readonly partitionLeaderEpoch?: number;
}

/** The batch (78 bytes) that ends a transaction on a partition: transactional, control, one record, no sequence. */
export function buildEndTxnMarker(options: EndTxnMarkerOptions): Buffer {
  const { type, coordinatorEpoch, timestamp, ...batch } = options;
  const builder = new BatchBuilder({ ...batch, isTransactional: true, isControl: true });
  const key = Buffer.alloc(4);
  key.writeInt16BE(CONTROL_RECORD_TYPES.indexOf(type), 2);
  const value = Buffer.alloc(6);
  value.writeInt32BE(coordinatorEpoch, 2);
  builder.append({ timestamp, key, value });
  return builder.build();
}

/** In the order of their ids. */
const CONTROL_RECORD_TYPES: readonly ControlRecordType[] = [
  "ABORT",
  "COMMIT",
  "LEADER_CHANGE",
  "SNAPSHOT_HEADER",
  "SNAPSHOT_FOOTER",
  "KRAFT_VERSION",
  "KRAFT_VOTERS",
];
