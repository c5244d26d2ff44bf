import type { SettingsClass } from "../history/history-event";
import type { Anomaly, AnomalyName } from "./anomaly";
import { promisesNo } from "./promises";

/** One send: `count` values from `value` upwards. */
export interface Send {
  readonly process: string;
  readonly settings: SettingsClass;
  readonly value: number;
  readonly count: number;
  result: "ok" | "fail" | "info";
  /** Of the first value as the reply said; null when it said nothing. */
  offset: number | null;
}

/** Everything that sends and polls said about one key, and what follows from it. */
export class KeyEvidence {
  private readonly sends: Send[] = [];
  private readonly valueAt = new Map<number, number>();
  private readonly offsetOf = new Map<number, number>();
  private readonly found: { readonly name: AnomalyName; readonly value: number; readonly what: string }[] = [];
  private readonly inconsistent = new Set<string>();
  private highestPolled = -1;
  private sortedOffsets: number[] | null = null;

  constructor(private readonly key: string) {}

  /** In the order in which they were invoked. */
  sent(send: Send): void {
    this.sends.push(send);
  }

  polled(offset: number, value: number): void {
    const known = this.valueAt.get(offset);
    if (known === value) return;
    if (known !== undefined) {
      // Seen by several readers it is still one contradiction.
      const id = `${offset} ${value}`;
      if (this.inconsistent.has(id)) return;
      this.inconsistent.add(id);
      this.found.push({
        name: "inconsistent-offsets",
        value,
        what: `offset ${offset} was polled as ${known} and as ${value}`,
      });
      return;
    }
    this.valueAt.set(offset, value);
    if (offset > this.highestPolled) this.highestPolled = offset;
    const elsewhere = this.offsetOf.get(value);
    if (elsewhere === undefined) this.offsetOf.set(value, offset);
    else this.found.push({ name: "duplicate", value, what: `${value} lies at ${elsewhere} and at ${offset}` });
  }

  /** Whether somebody polled an offset between these two, both exclusive. */
  hasPolledBetween(low: number, high: number): boolean {
    this.sortedOffsets ??= [...this.valueAt.keys()].sort((a, b) => a - b);
    const offsets = this.sortedOffsets;
    let from = 0;
    let to = offsets.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((offsets[middle] ?? 0) <= low) from = middle + 1;
      else to = middle;
    }
    const next = offsets[from];
    return next !== undefined && next < high;
  }

  /** What is wrong, once the history is complete. */
  *judge(): Generator<Anomaly, void> {
    const senderOf = new Map<number, Send>();
    for (const send of this.sends) for (let i = 0; i < send.count; i++) senderOf.set(send.value + i, send);

    for (const { name, value, what } of this.found) {
      const settings = senderOf.get(value)?.settings ?? "safe";
      // Two consumers that disagree are wrong whoever wrote.
      const forbidden = name === "inconsistent-offsets" || promisesNo(name, settings);
      yield { name, what: `${this.key}: ${what}`, forbidden };
    }
    for (const [value, offset] of this.offsetOf)
      if (!senderOf.has(value))
        yield {
          name: "phantom",
          what: `${this.key}: ${value} was polled at ${offset}, but nobody sent it`,
          forbidden: true,
        };

    const acknowledgedAt = new Map<number, number>();
    const highestOf = new Map<string, { readonly offset: number; readonly value: number }>();
    for (const send of this.sends) {
      if (send.result === "fail") yield* this.judgeFailed(send);
      if (send.result === "ok") yield* this.judgeAcknowledged(send, acknowledgedAt);
      yield* this.judgeOrderInside(send);
      yield* this.judgeOrder(send, highestOf);
    }
  }

  private *judgeFailed(send: Send): Generator<Anomaly, void> {
    for (let value = send.value; value < send.value + send.count; value++) {
      const offset = this.offsetOf.get(value);
      if (offset !== undefined) yield this.of(send, "G1a", `${value} was polled at ${offset}, but its send failed`);
    }
  }

  private *judgeAcknowledged(send: Send, acknowledgedAt: Map<number, number>): Generator<Anomaly, void> {
    for (let i = 0; i < send.count; i++) {
      const value = send.value + i;
      const said = send.offset === null ? null : send.offset < 0 ? send.offset : send.offset + i;
      const lies = this.offsetOf.get(value);
      if (lies !== undefined) {
        if (said !== null && said !== lies && this.valueAt.get(said) !== value)
          yield this.of(send, "offset-mismatch", `${value} was acknowledged at ${said} and lies at ${lies}`);
        continue;
      }
      if (said === null || said < 0) {
        yield this.of(send, "unseen", `${value} was acknowledged, and nobody saw it`);
        continue;
      }
      const other = this.valueAt.get(said) ?? acknowledgedAt.get(said);
      if (other !== undefined)
        yield {
          ...this.of(send, "inconsistent-offsets", `${value} was acknowledged at ${said}, where ${other} lies`),
          // An acknowledgement that promises nothing contradicts nothing.
          forbidden: promisesNo("lost-write", send.settings),
        };
      acknowledgedAt.set(said, value);
      if (this.highestPolled >= said)
        yield this.of(
          send,
          "lost-write",
          `${value} was acknowledged at ${said}; polls got to ${this.highestPolled}, and nobody saw it`,
        );
      else yield this.of(send, "unseen", `${value} was acknowledged at ${said}, and nobody saw it`);
    }
  }

  private *judgeOrderInside(send: Send): Generator<Anomaly, void> {
    let last = -1;
    for (let value = send.value; value < send.value + send.count; value++) {
      const offset = this.offsetOf.get(value);
      if (offset === undefined) continue;
      if (offset < last)
        yield this.of(
          send,
          "int-nonmonotonic-send",
          `${value} lies at ${offset}, behind it at ${last} what the same send gave before`,
        );
      last = Math.max(last, offset);
    }
  }

  private *judgeOrder(
    send: Send,
    highestOf: Map<string, { readonly offset: number; readonly value: number }>,
  ): Generator<Anomaly, void> {
    if (send.result !== "ok") return;
    const offset = this.offsetOf.get(send.value) ?? send.offset ?? -1;
    if (offset < 0) return;
    const highest = highestOf.get(send.process);
    if (highest !== undefined && offset < highest.offset) {
      const what = `${send.process} sent ${highest.value} (at ${highest.offset}) before ${send.value} (at ${offset})`;
      yield this.of(send, "nonmonotonic-send", what);
    } else {
      highestOf.set(send.process, { offset, value: send.value });
    }
  }

  private of(send: Send, name: AnomalyName, what: string): Anomaly {
    return { name, what: `${this.key}: ${what}`, forbidden: promisesNo(name, send.settings) };
  }
}
