import type { HistoryEvent, SettingsClass } from "../history/history-event";
import { AnomalyTally, type FoundAnomaly } from "./anomaly";
import { ClientProgress } from "./client-progress";
import { ConsumerOrder } from "./consumer-order";
import { KeyEvidence, type Send } from "./key-evidence";

export interface CheckerOptions {
  /** When the last fault was over, milliseconds since the epoch. Waiting counts from then on; 0 (default) when there were no faults. */
  readonly healedAtMs?: number;
  /** How long a client may wait after that; 30,000 ms by default. */
  readonly stuckAfterMs?: number;
}

export interface Verdict {
  /** Whether no promise was broken. */
  readonly ok: boolean;
  readonly anomalies: readonly FoundAnomaly[];
  /** Of sends and polls. */
  readonly counts: { readonly send: ResultCounts; readonly poll: ResultCounts };
  /** Values whose send was acknowledged, and values that were polled. */
  readonly acknowledgedValues: number;
  readonly polledRecords: number;
  /** Error names in failed and unknown operations, and those that libraries retried by themselves. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ResultCounts {
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
}

/**
 * Judges a history, whoever recorded it: takes its events in the order of the file and says what is wrong. Pure, so any run can be judged
 * again.
 */
export class HistoryChecker {
  private readonly keys = new Map<string, KeyEvidence>();
  private readonly settings = new Map<string, SettingsClass>();
  private readonly underWay = new Map<string, Map<number, Send | "poll">>();
  private readonly order = new ConsumerOrder();
  private readonly progress: ClientProgress;
  private readonly counts = { send: { ok: 0, fail: 0, info: 0 }, poll: { ok: 0, fail: 0, info: 0 } };
  private readonly errors: Record<string, number> = {};
  private acknowledgedValues = 0;
  private polledRecords = 0;

  constructor(options: CheckerOptions = {}) {
    this.progress = new ClientProgress(options.healedAtMs ?? 0, options.stuckAfterMs ?? 30_000);
  }

  accept(event: HistoryEvent): void {
    this.progress.accept(event);
    switch (event.type) {
      case "open":
        this.settings.set(event.process, event.settings);
        return;
      case "close":
        return;
      case "told":
        this.count(`told ${event.error}`);
        return;
      case "invoke":
        this.invoked(event);
        return;
      case "fail":
      case "info":
        this.notOk(event);
        return;
      case "ok":
        this.succeeded(event);
    }
  }

  /** To be asked once, after the last event. */
  verdict(): Verdict {
    for (const operations of this.underWay.values())
      for (const operation of operations.values()) this.counts[operation === "poll" ? "poll" : "send"].info++;
    const tally = new AnomalyTally();
    for (const key of this.keys.values()) for (const anomaly of key.judge()) tally.add(anomaly);
    const between = (key: string, low: number, high: number) => this.key(key).hasPolledBetween(low, high);
    for (const anomaly of this.order.judge(between)) tally.add(anomaly);
    for (const anomaly of this.progress.judge()) tally.add(anomaly);
    const { found } = tally;
    return {
      ok: found.every(({ forbidden }) => forbidden === 0),
      anomalies: found,
      counts: this.counts,
      acknowledgedValues: this.acknowledgedValues,
      polledRecords: this.polledRecords,
      errors: this.errors,
    };
  }

  private invoked(event: HistoryEvent & { readonly type: "invoke" }): void {
    let operations = this.underWay.get(event.process);
    if (operations === undefined) {
      operations = new Map();
      this.underWay.set(event.process, operations);
    }
    if (event.f === "poll") {
      operations.set(event.op, "poll");
      return;
    }
    const { process, value, count } = event;
    const settings = this.settings.get(process) ?? "safe";
    const send: Send = { process, settings, value, count, result: "info", offset: null };
    operations.set(event.op, send);
    this.key(event.key).sent(send);
  }

  private notOk(event: HistoryEvent & { readonly type: "fail" | "info" }): void {
    this.counts[event.f][event.type]++;
    this.count(event.error);
    const operation = this.completed(event.process, event.op);
    if (operation !== "poll" && operation !== undefined) operation.result = event.type;
  }

  private succeeded(event: HistoryEvent & { readonly type: "ok" }): void {
    switch (event.f) {
      case "assign":
        this.order.assigned(event.process, event.from);
        return;
      case "crash":
        this.order.forget(event.process);
        return;
      case "send": {
        this.counts.send.ok++;
        const send = this.completed(event.process, event.op);
        if (send === undefined || send === "poll") return;
        send.result = "ok";
        send.offset = event.offset;
        this.acknowledgedValues += send.count;
        return;
      }
      case "poll":
        this.counts.poll.ok++;
        this.completed(event.process, event.op);
        this.order.polled(event);
        for (const [key, records] of Object.entries(event.records)) {
          const evidence = this.key(key);
          this.polledRecords += records.length;
          for (const [offset, value] of records) evidence.polled(offset, value);
        }
    }
  }

  private completed(process: string, op: number): Send | "poll" | undefined {
    const operations = this.underWay.get(process);
    const operation = operations?.get(op);
    operations?.delete(op);
    return operation;
  }

  private key(name: string): KeyEvidence {
    let key = this.keys.get(name);
    if (key === undefined) {
      key = new KeyEvidence(name);
      this.keys.set(name, key);
    }
    return key;
  }

  private count(error: string): void {
    this.errors[error] = (this.errors[error] ?? 0) + 1;
  }
}
