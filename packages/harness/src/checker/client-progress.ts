import type { HistoryEvent } from "../history/history-event";
import type { Anomaly } from "./anomaly";

/** Finds clients that wait for long although nothing is broken any more. */
export class ClientProgress {
  private readonly waitingSince = new Map<string, number>();
  private readonly longest = new Map<string, { readonly fromMs: number; readonly toMs: number }>();
  private lastTimeMs = 0;

  /** @param healedAtMs when the last fault was over; a history without faults is healed from its start */
  constructor(
    private readonly healedAtMs: number,
    private readonly stuckAfterMs: number,
  ) {}

  accept(event: HistoryEvent): void {
    const { process, timeMs } = event;
    this.lastTimeMs = Math.max(this.lastTimeMs, timeMs);
    if (event.type === "invoke") {
      if (!this.waitingSince.has(process)) this.waitingSince.set(process, timeMs);
    } else if (event.type === "ok" || event.type === "close") {
      this.waited(process, timeMs);
      this.waitingSince.delete(process);
    }
  }

  *judge(): Generator<Anomaly, void> {
    for (const process of this.waitingSince.keys()) this.waited(process, this.lastTimeMs);
    for (const [process, { fromMs, toMs }] of this.longest) {
      const seconds = ((toMs - fromMs) / 1000).toFixed(1);
      yield { name: "stuck", what: `${process} made no progress for ${seconds} s after healing`, forbidden: true };
    }
  }

  private waited(process: string, untilMs: number): void {
    const since = this.waitingSince.get(process);
    if (since === undefined) return;
    const fromMs = Math.max(since, this.healedAtMs);
    if (untilMs - fromMs <= this.stuckAfterMs) return;
    const longest = this.longest.get(process);
    if (longest === undefined || untilMs - fromMs > longest.toMs - longest.fromMs)
      this.longest.set(process, { fromMs, toMs: untilMs });
  }
}
