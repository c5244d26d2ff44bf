import { type BatchView, type DecodedRecord, iterateRecords, openRecords, type RecordCursor } from "@ottla/protocol";
import type { TopicPartition } from "../cluster/topic-partition";

/** Records of one partition, as they were written: one batch of them. */
export class ConsumedBatch implements TopicPartition {
  /**
   * @param fromOffset the first offset asked for: records before it are in the batch, and not meant
   * @param highWatermark of the partition, when the batch was fetched
   */
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly view: BatchView,
    readonly fromOffset: number,
    readonly highWatermark: number,
  ) {}

  /** The offset to go on from. */
  get nextOffset(): number {
    return this.view.nextOffset;
  }

  /** @throws CorruptRecordError */
  *records(): Generator<DecodedRecord, void> {
    for (const record of iterateRecords(this.view)) if (record.offset >= this.fromOffset) yield record;
  }

  /**
   * A cursor over all records, without an object for each. Those with an offset below `fromOffset` are not meant.
   *
   * @throws CorruptRecordError
   */
  cursor(): RecordCursor {
    return openRecords(this.view);
  }
}
