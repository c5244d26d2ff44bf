import { type BatchView, decodeEndTxnMarker, iterateRecords, MalformedMessage } from "@ottla/protocol";
import { explain, type Logger } from "@ottla/runtime";
import { CommittedOffsets } from "./machine/committed-offsets";
import type { GroupRecord } from "./machine/group-record";
import { decodeOffsetsRecord, type OffsetsRecord } from "./offsets-records";

/** What the records of one partition of `__consumer_offsets` add up to, taken in their order. */
export class OffsetsReplay {
  /** Offsets by group. */
  readonly offsets = new Map<string, CommittedOffsets>();
  /** Groups that had members once. */
  readonly groups = new Map<string, GroupRecord>();
  recordCount = 0;

  constructor(private readonly logger: Logger) {}

  /** @throws CorruptRecordError */
  take(batch: BatchView): void {
    const { producerId, isControl, isTransactional } = batch;
    for (const record of iterateRecords(batch)) {
      this.recordCount++;
      if (isControl) {
        const marker = decodeEndTxnMarker(record);
        if (marker !== null) this.decide(producerId, marker.type === "COMMIT");
        continue;
      }
      try {
        const decoded = decodeOffsetsRecord(record);
        this.apply(decoded, record.offset, isTransactional ? producerId : null);
      } catch (failure) {
        if (!(failure instanceof MalformedMessage)) throw failure;
        this.logger.warn("a record of the offsets topic is none", { offset: record.offset, failure: explain(failure) });
      }
    }
  }

  private apply(record: OffsetsRecord, logOffset: number, transactionOf: bigint | null): void {
    switch (record.kind) {
      case "group":
        if (record.record === null) this.groups.delete(record.group);
        else this.groups.set(record.group, record.record);
        break;
      case "offset": {
        const offsets = this.offsetsOf(record.group);
        const { at, committed } = record;
        if (committed === null) {
          offsets.remove(at);
          offsets.transactional.forget(at.topic, at.partition);
        } else if (transactionOf === null) offsets.apply(at, committed, logOffset);
        else offsets.transactional.add(transactionOf, { ...at, committed, logOffset });
        break;
      }
      case "unknown":
        this.logger.warn("a record of the offsets topic is of a later kind than is known", {
          offset: logOffset,
          keyVersion: record.keyVersion,
        });
    }
  }

  private decide(producerId: bigint, isCommitted: boolean): void {
    for (const offsets of this.offsets.values()) {
      const decided = offsets.transactional.take(producerId);
      if (!isCommitted) continue;
      for (const { topic, partition, committed, logOffset } of decided) {
        offsets.apply({ topic, partition }, committed, logOffset);
      }
    }
  }

  private offsetsOf(group: string): CommittedOffsets {
    let offsets = this.offsets.get(group);
    if (offsets === undefined) this.offsets.set(group, (offsets = new CommittedOffsets()));
    return offsets;
  }
}
