import type { CommittedOffset } from "./committed-offsets";

interface PendingOffset {
  readonly topic: string;
  readonly partition: number;
  readonly committed: CommittedOffset;
  readonly logOffset: number;
}

/**
 * Offsets that a transaction has written for a group, until its marker decides: COMMIT makes them the group's, ABORT forgets them.
 *
 * Filled from the log when a group is loaded. Who serves transactions fills it from their requests as well, and decides at the markers
 * that it writes; until then no transaction of a client gets here.
 */
export class PendingTransactionalOffsets {
  private readonly byProducer = new Map<bigint, Map<string, PendingOffset>>();

  get isEmpty(): boolean {
    return this.byProducer.size === 0;
  }

  /** Whether the partition's offset is not decided (UNSTABLE_OFFSET_COMMIT, KIP-447). */
  has(topic: string, partition: number): boolean {
    for (const offsets of this.byProducer.values()) if (offsets.has(keyOf(topic, partition))) return true;
    return false;
  }

  add(producerId: bigint, pending: PendingOffset): void {
    let offsets = this.byProducer.get(producerId);
    if (offsets === undefined) this.byProducer.set(producerId, (offsets = new Map()));
    offsets.set(keyOf(pending.topic, pending.partition), pending);
  }

  /** The producer's marker has come. @returns what it had written */
  take(producerId: bigint): readonly PendingOffset[] {
    const offsets = this.byProducer.get(producerId);
    this.byProducer.delete(producerId);
    return offsets === undefined ? [] : [...offsets.values()];
  }

  /** The group's offset of the partition is deleted: no marker brings it back. */
  forget(topic: string, partition: number): void {
    for (const [producerId, offsets] of this.byProducer) {
      offsets.delete(keyOf(topic, partition));
      if (offsets.size === 0) this.byProducer.delete(producerId);
    }
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
