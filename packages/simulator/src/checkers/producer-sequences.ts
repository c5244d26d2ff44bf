import type { Judge } from "./invariants";
import { describeBatch, type SeenBatch } from "./seen-batch";

interface Last {
  readonly epoch: number;
  readonly sequence: number;
}

/** Along one log, each idempotent producer's sequences: from 0 in each producer epoch, without gap or repeat. */
export class ProducerSequences {
  private readonly last = new Map<bigint, Last>();

  constructor(
    private readonly name: string,
    private readonly brokerId: number,
    private readonly judge: Judge,
  ) {}

  append(batch: SeenBatch): void {
    const { producerId, producerEpoch, baseSequence } = batch;
    if (producerId < 0n || baseSequence < 0) return;
    const last = this.last.get(producerId);
    const expected = last === undefined || last.epoch !== producerEpoch ? 0 : (last.sequence + 1) % 2 ** 31;
    this.judge.hold(
      "producer-sequence",
      this.name,
      baseSequence === expected && producerEpoch >= (last?.epoch ?? 0),
      () =>
        `broker ${this.brokerId} appended ${describeBatch(batch)} of producer ${producerId}, epoch ${producerEpoch}, with sequence ` +
        `${baseSequence}; expected was ${expected} (epoch ${last?.epoch ?? "unknown"})`,
    );
    this.last.set(producerId, { epoch: producerEpoch, sequence: batch.lastSequence });
  }

  /** The log was cut: this is what is left of it. */
  rebuild(batches: readonly SeenBatch[]): void {
    this.last.clear();
    for (const { producerId, producerEpoch, baseSequence, lastSequence } of batches)
      if (producerId >= 0n && baseSequence >= 0)
        this.last.set(producerId, { epoch: producerEpoch, sequence: lastSequence });
  }
}
