import type { Logger } from "@ottla/runtime";

/** A place in a log where the bytes are not those that were written. */
export interface Damage {
  /** The log is sound up to here, as far as it was read: what begins here cannot be trusted. */
  readonly offset: number;
  readonly path: string;
  readonly positionBytes: number;
  readonly reason: string;
}

/** More places than this are not told apart: the disk is going. */
const PLACES_MAX = 1000;

/**
 * What was found damaged in a log since it was opened. Nothing of it is ever served; whoever owns the replica has it cut off and fetched
 * again, once no ISR relies on it, or serves around it.
 */
export class LogDamages {
  /** By offset. */
  private readonly places = new Map<number, Damage>();
  private readonly listeners = new Set<(damage: Damage) => void>();

  constructor(private readonly logger: Logger) {}

  /** The lowest place; null while nothing is known to be damaged. */
  get first(): Damage | null {
    let first: Damage | null = null;
    for (const damage of this.places.values()) if (first === null || damage.offset < first.offset) first = damage;
    return first;
  }

  /** Calls `listener` for each place when it is found. @returns takes the listener away again */
  onFound(listener: (damage: Damage) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The same place may be found as often as it is read. */
  found(damage: Damage): void {
    if (this.places.has(damage.offset) || this.places.size >= PLACES_MAX) return;
    this.places.set(damage.offset, damage);
    this.logger.error("damaged records on disk: they are not served", { ...damage });
    for (const listener of this.listeners) listener(damage);
  }

  /** The log ends at `logEndOffset` now: what lay beyond is gone. */
  onCut(logEndOffset: number): void {
    for (const offset of this.places.keys()) if (offset >= logEndOffset) this.places.delete(offset);
  }

  /** The log starts at `logStartOffset` now: nobody reads what lies before. */
  onLogStart(logStartOffset: number): void {
    for (const offset of this.places.keys()) if (offset < logStartOffset) this.places.delete(offset);
  }
}
