import type { PollOk } from "../history/history-event";
import type { Anomaly } from "./anomaly";

/** Where each consumer stands in each key, and the jumps that only the whole history can judge. */
export class ConsumerOrder {
  private readonly lastOffsets = new Map<string, Map<string, number>>();
  private readonly jumps: Jump[] = [];
  private readonly backwards: Anomaly[] = [];

  /** The consumer goes on from these offsets, whatever it read of these keys before. */
  assigned(process: string, from: Readonly<Record<string, number>>): void {
    const positions = this.positionsOf(process);
    for (const [key, offset] of Object.entries(from)) positions.set(key, offset - 1);
  }

  forget(process: string): void {
    this.lastOffsets.delete(process);
  }

  polled({ process, records }: PollOk): void {
    const positions = this.positionsOf(process);
    for (const [key, list] of Object.entries(records)) {
      let last = positions.get(key);
      let inside = false;
      for (const [offset] of list) {
        if (last !== undefined && offset <= last) {
          this.backwards.push({
            name: inside ? "int-nonmonotonic-poll" : "nonmonotonic-poll",
            what: `${key}: ${process} polled ${offset} after ${last}`,
            forbidden: true,
          });
        } else if (last !== undefined && offset > last + 1) {
          this.jumps.push({ process, key, from: last, to: offset, inside });
        }
        last = offset;
        inside = true;
      }
      if (last !== undefined) positions.set(key, last);
    }
  }

  private positionsOf(process: string): Map<string, number> {
    let positions = this.lastOffsets.get(process);
    if (positions === undefined) {
      positions = new Map();
      this.lastOffsets.set(process, positions);
    }
    return positions;
  }

  /** @param hasPolledBetween whether anybody saw a record between two offsets of a key, both exclusive */
  *judge(hasPolledBetween: (key: string, low: number, high: number) => boolean): Generator<Anomaly, void> {
    yield* this.backwards;
    for (const { process, key, from, to, inside } of this.jumps) {
      // Offsets that nobody ever saw hold no record for clients: markers, or what compaction took.
      if (!hasPolledBetween(key, from, to)) continue;
      const what = `${key}: ${process} polled ${to} after ${from}, though there are records between them`;
      yield { name: inside ? "int-poll-skip" : "poll-skip", what, forbidden: true };
    }
  }
}

interface Jump {
  readonly process: string;
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly inside: boolean;
}
