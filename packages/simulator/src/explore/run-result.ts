import type { InvariantName } from "../checkers/invariants";
import type { FaultKind } from "./fault-plan";

/** What came of one seed. Plain data: it goes from process to process. */
export interface RunResult {
  readonly seed: number;
  readonly simulatedMs: number;
  /** Of the process, as far as this run used it. */
  readonly cpuMs: number;
  readonly steps: number;
  readonly faults: Partial<Record<FaultKind, number>>;
  readonly judged: Partial<Record<InvariantName, number>>;
  readonly acknowledged: number;
  readonly consumed: number;
  readonly elections: number;
  /** How long the cluster took to be whole once all was healed; null when it did not come to that. */
  readonly healedAfterMs: number | null;
  readonly failure: RunFailure | null;
}

export interface RunFailure {
  readonly invariant: InvariantName | "error";
  readonly what: string;
  readonly atMs: number;
  /** What was done to the cluster before, the newest last. */
  readonly lastEvents: readonly string[];
}

/** Sums of many runs. */
export class RunTotals {
  runs = 0;
  simulatedMs = 0;
  cpuMs = 0;
  steps = 0;
  acknowledged = 0;
  consumed = 0;
  elections = 0;
  readonly faults = new Map<string, number>();
  readonly judged = new Map<string, number>();
  readonly healedAfterMs: number[] = [];
  readonly failures: RunResult[] = [];

  add(result: RunResult): void {
    this.runs++;
    this.simulatedMs += result.simulatedMs;
    this.cpuMs += result.cpuMs;
    this.steps += result.steps;
    this.acknowledged += result.acknowledged;
    this.consumed += result.consumed;
    this.elections += result.elections;
    addAll(this.faults, result.faults);
    addAll(this.judged, result.judged);
    if (result.healedAfterMs !== null) this.healedAfterMs.push(result.healedAfterMs);
    if (result.failure !== null) this.failures.push(result);
  }

  /** Lines for people. */
  report(): string[] {
    const simulatedSeconds = this.simulatedMs / 1000;
    const cpuMinutes = Math.max(this.cpuMs, 1) / 60_000;
    const healed = [...this.healedAfterMs].sort((a, b) => a - b);
    const median = healed[Math.floor(healed.length / 2)] ?? 0;
    return [
      `seeds              ${this.runs} (${this.failures.length} failed)`,
      `simulated          ${simulatedSeconds.toFixed(0)} s, ${(simulatedSeconds / cpuMinutes).toFixed(0)} s for each CPU minute`,
      `events             ${this.steps}`,
      `records            ${this.acknowledged} acknowledged by all in sync, ${this.consumed} consumed`,
      `elections          ${this.elections}`,
      `healed after       ${(median / 1000).toFixed(1)} s (median), ${((healed.at(-1) ?? 0) / 1000).toFixed(1)} s (longest)`,
      `faults             ${listed(this.faults)}`,
      `invariants judged  ${listed(this.judged)}`,
    ];
  }
}

function addAll(into: Map<string, number>, counts: Readonly<Record<string, number | undefined>>): void {
  for (const [name, count] of Object.entries(counts)) into.set(name, (into.get(name) ?? 0) + (count ?? 0));
}

function listed(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}
