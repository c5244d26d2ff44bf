import { type RecordToAppend, sequenceAfter } from "@ottla/protocol";
import { KafkaError } from "../kafka-error";
import { isRetriable } from "../network-error";
import { type OnDelivery, PendingBatch, type PendingBatchOptions, type ProducerIdentity } from "./pending-batch";

export interface PartitionQueueOptions {
  readonly batch: PendingBatchOptions;
  /** `linger.ms`. */
  readonly lingerMs: number;
  /** `retries`. */
  readonly retriesMax: number;
  /** `delivery.timeout.ms`. */
  readonly deliveryTimeoutMs: number;
  /** `max.in.flight.requests.per.connection`, which bounds what one partition has in flight too. */
  readonly inFlightMax: number;
}

/**
 * The batches of one partition, in their order, from the first record to the broker's word.
 *
 * Order is kept over retries: once a batch must be sent again, nothing new is sent until all batches in flight are answered; then those
 * that need it go again, oldest first, under their old numbers. When a numbered batch is given up, the numbers after it have a gap that
 * brokers refuse; the partition then goes on under the next epoch from number 0. A batch that may have been appended under the old
 * epoch is given up at that moment: under a new number nothing would stop it from being there twice.
 *
 * What is in flight is at one leader. Where leadership moves, the next batch waits until the old leader has answered: the new one may see
 * it before those that the old one turns away, and would have to call it out of order, or put it first.
 */
export class PartitionQueue {
  private open: PendingBatch | null = null;
  private ready: PendingBatch[] = [];
  private inFlight: PendingBatch[] = [];
  /** Where those in flight went. */
  private leaderId = -1;
  private identity: ProducerIdentity | null = null;
  private nextSequence = 0;
  private numbersHaveGap = false;
  private notBeforeMs = 0;
  private hurried = false;
  private exhaustedId: bigint | null = null;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly options: PartitionQueueOptions,
  ) {}

  /** A producer id whose epochs are used up here, so that `take` needs another; null as long as there is none. */
  get exhaustedProducerId(): bigint | null {
    return this.exhaustedId;
  }

  get isEmpty(): boolean {
    return this.open === null && this.ready.length === 0 && this.inFlight.length === 0;
  }

  /** @returns the batch that took the record */
  append(record: RecordToAppend, nowMs: number, onDelivery?: OnDelivery): PendingBatch {
    if (this.open?.append(record, onDelivery)) return this.open;
    this.seal();
    this.open = new PendingBatch(this.topic, this.partition, nowMs, this.options.batch);
    this.open.append(record, onDelivery);
    return this.open;
  }

  /** Does not wait for more records in the batch that is open now. */
  hurry(): void {
    if (this.open !== null) this.hurried = true;
  }

  /** Every batch whose end is not known. */
  batches(): PendingBatch[] {
    return [...this.inFlight, ...this.ready, ...(this.open === null ? [] : [this.open])];
  }

  /** When to look again, if nothing else happens before, in monotonic ms; null when there is nothing to wait for. */
  wakeAtMs(): number | null {
    const first = this.ready[0] ?? this.open;
    if (first === null || first === undefined) return null;
    const expiresMs = first.createdMs + this.options.deliveryTimeoutMs;
    const dueMs = this.ready.length > 0 || this.hurried ? 0 : first.createdMs + this.options.lingerMs;
    return Math.min(expiresMs, Math.max(dueMs, this.notBeforeMs));
  }

  /** Gives up what has waited too long. @returns what was given up, to be told its error */
  expire(nowMs: number): PendingBatch[] {
    const deadlineMs = nowMs - this.options.deliveryTimeoutMs;
    const expired = this.ready.filter(({ createdMs }) => createdMs <= deadlineMs);
    if (expired.length > 0) {
      this.ready = this.ready.filter(({ createdMs }) => createdMs > deadlineMs);
      if (expired.some(({ baseSequence }) => baseSequence !== null)) this.numbersHaveGap = true;
    }
    if (this.open !== null && this.open.createdMs <= deadlineMs) {
      this.open.seal();
      expired.push(this.open);
      this.open = null;
    }
    return [...expired, ...this.closeGap()];
  }

  /** Whether a batch could be sent now. */
  canSend(nowMs: number): boolean {
    if (nowMs < this.notBeforeMs || this.numbersHaveGap || this.inFlight.length >= this.options.inFlightMax)
      return false;
    if (this.inFlight.some(({ again }) => again)) return false;
    return this.ready.length > 0 || this.openIsDue(nowMs);
  }

  /** Whether a batch could be sent to this broker, as far as order goes. */
  canSendTo(leaderId: number): boolean {
    return this.inFlight.length === 0 || this.leaderId === leaderId;
  }

  /** The size of what `take` would give, in bytes. */
  nextSizeBytes(): number {
    return this.ready[0]?.encoded.length ?? this.open?.sizeInBytes ?? 0;
  }

  /**
   * Takes the next batch, which is then in flight to `leaderId`. Only after `canSend` and `canSendTo`.
   *
   * @param identity under which a partition that has none yet begins to number; null for a producer that does not
   */
  take(leaderId: number, identity: ProducerIdentity | null): PendingBatch {
    if (this.ready.length === 0) this.seal();
    const batch = this.ready.shift()!;
    if (identity !== null) {
      this.identity ??= identity;
      if (batch.baseSequence === null) {
        batch.number(this.identity, this.nextSequence);
        this.nextSequence = sequenceAfter(this.nextSequence, batch.recordCount);
      }
    }
    batch.attempts++;
    batch.again = false;
    this.leaderId = leaderId;
    this.inFlight.push(batch);
    return batch;
  }

  acknowledged(batch: PendingBatch): PendingBatch[] {
    this.remove(batch);
    return this.settle();
  }

  /**
   * Decides what becomes of a batch that was not acknowledged.
   *
   * @param backoffMs how long to wait before anything is sent again
   * @returns the batches given up by that, to be told their errors
   */
  refused(batch: PendingBatch, error: Error, nowMs: number, backoffMs: number): PendingBatch[] {
    batch.lastError = error;
    const name = error instanceof KafkaError ? error.name : null;
    const isFirst = this.inFlight[0] === batch && !this.numbersHaveGap;
    if (!isClearRefusal(name)) batch.ambiguous = true;

    if (name === "MESSAGE_TOO_LARGE" && batch.recordCount > 1) {
      const parts = batch.split();
      if (this.identity !== null)
        for (const part of parts) if (part.baseSequence !== null) part.number(this.identity, part.baseSequence);
      for (const part of parts) part.again = true;
      this.inFlight.splice(this.inFlight.indexOf(batch), 1, ...parts);
      return this.settle();
    }
    const outOfSequence = this.identity !== null && name !== null && OUT_OF_SEQUENCE.has(name);
    if (outOfSequence && !isFirst) {
      // Only because one before it is missing still.
      batch.attempts--;
      batch.ambiguous = false;
      batch.again = true;
      return this.settle();
    }
    const inTime = nowMs - batch.createdMs < this.options.deliveryTimeoutMs;
    const mayRetry = batch.attempts <= this.options.retriesMax && inTime;
    if (mayRetry && (outOfSequence || isRetriable(error))) {
      if (outOfSequence) this.numbersHaveGap = true;
      batch.again = true;
      this.notBeforeMs = nowMs + backoffMs;
      return this.settle();
    }
    this.remove(batch);
    if (batch.baseSequence !== null) this.numbersHaveGap = true;
    return [batch, ...this.settle()];
  }

  /** Gives up everything. */
  abandon(): PendingBatch[] {
    this.open?.seal();
    const all = this.batches();
    this.open = null;
    this.ready = [];
    this.inFlight = [];
    return all;
  }

  private openIsDue(nowMs: number): boolean {
    return this.open !== null && (this.hurried || nowMs - this.open.createdMs >= this.options.lingerMs);
  }

  private seal(): void {
    if (this.open === null) return;
    this.open.seal();
    this.ready.push(this.open);
    this.open = null;
    this.hurried = false;
  }

  private remove(batch: PendingBatch): void {
    const index = this.inFlight.indexOf(batch);
    if (index !== -1) this.inFlight.splice(index, 1);
  }

  /** Once all in flight are answered, those to be sent again stand first in the queue. */
  private settle(): PendingBatch[] {
    if (this.inFlight.some(({ again }) => !again)) return [];
    if (this.inFlight.length > 0) {
      this.ready.unshift(...this.inFlight);
      this.inFlight = [];
    }
    return this.closeGap();
  }

  /** Goes on from number 0 under the next epoch, once nothing under the old one is in flight. */
  private closeGap(): PendingBatch[] {
    if (!this.numbersHaveGap || this.inFlight.length > 0) return [];
    this.numbersHaveGap = false;
    const inDoubt = this.ready.filter(({ ambiguous }) => ambiguous);
    this.ready = this.ready.filter(({ ambiguous }) => !ambiguous);
    for (const batch of this.ready) batch.baseSequence = null;
    this.nextSequence = 0;
    if (this.identity !== null) {
      const { producerId, epoch } = this.identity;
      if (epoch >= EPOCH_MAX) this.exhaustedId = producerId;
      this.identity = epoch >= EPOCH_MAX ? null : { producerId, epoch: epoch + 1 };
    }
    return inDoubt;
  }
}

const EPOCH_MAX = 32_766;

const OUT_OF_SEQUENCE: ReadonlySet<string> = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
]);

/** After these the batch is certainly not in the log: the leader, or a broker that is not, refused it before appending. */
function isClearRefusal(name: string | null): boolean {
  return name !== null && (OUT_OF_SEQUENCE.has(name) || CLEAR_REFUSALS.has(name));
}

const CLEAR_REFUSALS: ReadonlySet<string> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_ENOUGH_REPLICAS",
  "CORRUPT_MESSAGE",
  "MESSAGE_TOO_LARGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "UNSUPPORTED_COMPRESSION_TYPE",
]);
