import type { HistoryEvent, SettingsClass } from "./history-event";
import { nowMs } from "./now";

/** What takes events: a file, a checker, or both. */
export type EventSink = (event: HistoryEvent) => void;

/** Records what one client does. Operations are numbered from 1. */
export class ProcessRecorder {
  private op = 0;

  constructor(
    readonly process: string,
    private readonly sink: EventSink,
  ) {}

  opened(client: string, settings: SettingsClass): void {
    this.sink({ type: "open", process: this.process, timeMs: nowMs(), settings, client });
  }

  closed(): void {
    this.sink({ type: "close", process: this.process, timeMs: nowMs() });
  }

  told(error: string): void {
    this.sink({ type: "told", process: this.process, timeMs: nowMs(), error });
  }

  assigned(from: Readonly<Record<string, number>>): void {
    this.sink({ type: "ok", f: "assign", process: this.process, timeMs: nowMs(), from });
  }

  crashed(): void {
    this.sink({ type: "ok", f: "crash", process: this.process, timeMs: nowMs() });
  }

  /** @returns the operation's number, for its completion */
  sendInvoked(key: string, value: number, count: number): number {
    const op = ++this.op;
    this.sink({ type: "invoke", f: "send", op, process: this.process, timeMs: nowMs(), key, value, count });
    return op;
  }

  sendOk(op: number, offset: number | null): void {
    this.sink({ type: "ok", f: "send", op, process: this.process, timeMs: nowMs(), offset });
  }

  notOk(f: "send" | "poll", type: "fail" | "info", op: number, error: string): void {
    this.sink({ type, f, op, process: this.process, timeMs: nowMs(), error });
  }

  pollInvoked(): number {
    const op = ++this.op;
    this.sink({ type: "invoke", f: "poll", op, process: this.process, timeMs: nowMs() });
    return op;
  }

  pollOk(op: number, records: Readonly<Record<string, readonly (readonly [number, number])[]>>): void {
    this.sink({ type: "ok", f: "poll", op, process: this.process, timeMs: nowMs(), records });
  }
}
