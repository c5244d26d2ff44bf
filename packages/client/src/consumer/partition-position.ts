import type { TopicPartition } from "../cluster/topic-partition";
import type { ConsumedBatch } from "./consumed-batch";
import type { PartitionAssignment, StartPosition } from "./consumer-options";

/** How far one assigned partition has been fetched, and how far its reader has come. */
export class PartitionPosition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** To be looked up before anything can be fetched; null once that is done. */
  start: StartPosition | null;
  /** The next offset to fetch. */
  fetchOffset = -1;
  /** The next offset the reader has not been given. */
  position = -1;
  /** -1 while it is not known. */
  highWatermark = -1;
  /** Fetched, and waiting for the reader. */
  bufferedBytes = 0;
  /** Not to be asked for before, in monotonic ms. */
  notBeforeMs = 0;

  constructor({ topic, partition, start }: PartitionAssignment) {
    this.topic = topic;
    this.partition = partition;
    this.start = start;
    if (typeof start === "object" && "offset" in start) this.begin(start.offset);
  }

  begin(offset: number): void {
    this.start = null;
    this.fetchOffset = offset;
    this.position = offset;
  }

  given(batch: ConsumedBatch): void {
    this.position = batch.nextOffset;
  }
}
