import { iterateBatches } from "@ottla/protocol";

/** What of a batch in a log matters to the checkers. */
export interface SeenBatch {
  readonly baseOffset: number;
  /** The offset after its last record. */
  readonly nextOffset: number;
  readonly leaderEpoch: number;
  /** Of everything but base offset and leader epoch. */
  readonly crc: number;
  readonly sizeBytes: number;
  /** -1n without a producer id. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
}

/** Every whole batch in `bytes`, as a log stores them. */
export function* seenBatches(bytes: Buffer): Generator<SeenBatch, void> {
  for (const view of iterateBatches(bytes)) {
    const { baseSequence, lastOffsetDelta } = view;
    yield {
      baseOffset: view.baseOffset,
      nextOffset: view.nextOffset,
      leaderEpoch: view.partitionLeaderEpoch,
      crc: view.crc,
      sizeBytes: view.sizeInBytes,
      producerId: view.producerId,
      producerEpoch: view.producerEpoch,
      baseSequence,
      lastSequence: baseSequence < 0 ? -1 : (baseSequence + lastOffsetDelta) % 2 ** 31,
    };
  }
}

/** For messages. */
export function describeBatch({ baseOffset, nextOffset, leaderEpoch, crc }: SeenBatch): string {
  return `[${baseOffset}..${nextOffset - 1}] of epoch ${leaderEpoch}, crc ${crc.toString(16)}`;
}
