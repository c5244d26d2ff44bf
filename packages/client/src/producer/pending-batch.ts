import {
  BatchBuilder,
  BatchView,
  type CompressionCodec,
  iterateRecords,
  patchProducer,
  type RecordToAppend,
  recomputeCrc,
} from "@ottla/protocol";

/** Where a record went. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  /** -1 with acks 0, and when the broker recognised a batch it had and no longer knew where. */
  readonly offset: number;
  /** In ms since the epoch: the producer's, or the broker's under LogAppendTime. */
  readonly timestamp: number;
}

/** Told how a record ended: with its place, or with the reason why it has none (or none that is known). */
export type OnDelivery = (error: Error | null, metadata: RecordMetadata) => void;

export interface PendingBatchOptions {
  readonly codec: CompressionCodec;
  readonly compressionLevel?: number;
  /** `batch.size`. */
  readonly sizeInBytesMax: number;
}

/** Who writes, as the broker knows it: idempotent producers number their batches under an id and an epoch. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/** One batch on its way: first filled, then sent until it is acknowledged or given up. */
export class PendingBatch {
  /** How often it was sent. */
  attempts = 0;
  /** Whether an attempt may have been appended although nobody said so. */
  ambiguous = false;
  /** Of the last attempt. */
  lastError: Error | null = null;
  /** In flight, and refused in a way that allows another attempt. */
  again = false;
  /** Of the first record, under the partition's identity; null before the first attempt. */
  baseSequence: number | null = null;

  private builder: BatchBuilder | null;
  private bytes: Buffer | null = null;
  private count = 0;
  private sizeBytes = 0;
  private readonly deliveries: (Delivery | undefined)[] = [];
  private hasDeliveries = false;
  private readonly doneListeners: (() => void)[] = [];

  /** @param createdMs monotonic time at which the batch was opened */
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly createdMs: number,
    private readonly options: PendingBatchOptions,
  ) {
    this.builder = new BatchBuilder(options);
  }

  get recordCount(): number {
    return this.count;
  }

  /** Before compression: what the batch counts against `buffer.memory`. */
  get sizeInBytes(): number {
    return this.sizeBytes;
  }

  /** @returns false, and nothing added, when the batch is full */
  append(record: RecordToAppend, onDelivery?: OnDelivery): boolean {
    if (this.builder === null || !this.builder.append(record)) return false;
    this.count++;
    this.sizeBytes = this.builder.sizeInBytes;
    if (onDelivery !== undefined) {
      this.hasDeliveries = true;
      this.deliveries[this.count - 1] = { onDelivery, timestamp: record.timestamp };
    }
    return true;
  }

  /** Ends the filling. The batch is encoded here, once. */
  seal(): void {
    if (this.builder === null) return;
    this.bytes = this.builder.build();
    this.builder = null;
  }

  /** On the wire, in bytes; only of a sealed batch. */
  get encoded(): Buffer {
    if (this.bytes === null) throw new Error("the batch is still being filled");
    return this.bytes;
  }

  /** Numbers the batch. Its checksum follows. */
  number(identity: ProducerIdentity, baseSequence: number): void {
    this.baseSequence = baseSequence;
    patchProducer(this.encoded, 0, { producerId: identity.producerId, producerEpoch: identity.epoch, baseSequence });
    recomputeCrc(this.encoded, 0);
  }

  /** Two batches of half the records each, for a broker that takes no batch of this size. Deliveries move along. */
  split(): [PendingBatch, PendingBatch] {
    const half = Math.ceil(this.count / 2);
    const unbounded = { ...this.options, sizeInBytesMax: Number.POSITIVE_INFINITY };
    const [first, second] = [this.sibling(unbounded), this.sibling(unbounded)];
    let index = 0;
    for (const record of iterateRecords(new BatchView(this.encoded, 0))) {
      const { timestamp, key, value, headers } = record;
      const into = index < half ? first : second;
      into.append({ timestamp, key, value, headers }, this.deliveries[index]?.onDelivery);
      index++;
    }
    for (const part of [first, second]) part.seal();
    if (this.baseSequence !== null) {
      first.baseSequence = this.baseSequence;
      second.baseSequence = this.baseSequence + half;
    }
    let open = 2;
    const listeners = this.doneListeners.splice(0);
    for (const part of [first, second]) {
      part.whenDone(() => {
        if (--open === 0) for (const listener of listeners) listener();
      });
    }
    return [first, second];
  }

  /** Calls `listener` once every record's end is known. */
  whenDone(listener: () => void): void {
    this.doneListeners.push(listener);
  }

  /** @param baseOffset -1 when it is not known. @param logAppendTimeMs -1 unless the broker stamps records */
  succeed(baseOffset: number, logAppendTimeMs: number): void {
    if (this.hasDeliveries) {
      for (let i = 0; i < this.count; i++) {
        const delivery = this.deliveries[i];
        if (delivery === undefined) continue;
        const offset = baseOffset < 0 ? -1 : baseOffset + i;
        delivery.onDelivery(null, this.metadata(delivery, offset, logAppendTimeMs));
      }
    }
    this.done();
  }

  fail(error: Error): void {
    for (const delivery of this.deliveries) delivery?.onDelivery(error, this.metadata(delivery, -1, -1));
    this.done();
  }

  private done(): void {
    for (const listener of this.doneListeners.splice(0)) listener();
  }

  private sibling(options: PendingBatchOptions): PendingBatch {
    const sibling = new PendingBatch(this.topic, this.partition, this.createdMs, options);
    sibling.attempts = this.attempts;
    sibling.lastError = this.lastError;
    return sibling;
  }

  private metadata(delivery: Delivery, offset: number, logAppendTimeMs: number): RecordMetadata {
    const timestamp = logAppendTimeMs >= 0 ? logAppendTimeMs : delivery.timestamp;
    return { topic: this.topic, partition: this.partition, offset, timestamp };
  }
}

interface Delivery {
  readonly onDelivery: OnDelivery;
  readonly timestamp: number;
}
