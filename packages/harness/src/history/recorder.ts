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
    /** Milliseconds since the epoch; where time is simulated, not the machine's. */
    private readonly now: () => number = nowMs,
  ) {}

  opened(client: string, settings: SettingsClass): void {
    this.sink({ type: "open", process: this.process, timeMs: this.now(), settings, client });
  }

  closed(): void {
    this.sink({ type: "close", process: this.process, timeMs: this.now() });
  }

  told(error: string): void {
    this.sink({ type: "told", process: this.process, timeMs: this.now(), error });
  }

  assigned(from: Readonly<Record<string, number>>): void {
    this.sink({ type: "ok", f: "assign", process: this.process, timeMs: this.now(), from });
  }

  crashed(): void {
    this.sink({ type: "ok", f: "crash", process: this.process, timeMs: this.now() });
  }

  /** @returns the operation's number, for its completion */
  sendInvoked(key: string, value: number, count: number): number {
    const op = ++this.op;
    this.sink({ type: "invoke", f: "send", op, process: this.process, timeMs: this.now(), key, value, count });
    return op;
  }

  sendOk(op: number, offset: number | null): void {
    this.sink({ type: "ok", f: "send", op, process: this.process, timeMs: this.now(), offset });
  }

  notOk(f: "send" | "poll", type: "fail" | "info", op: number, error: string): void {
    this.sink({ type, f, op, process: this.process, timeMs: this.now(), error });
  }

  pollInvoked(): number {
    const op = ++this.op;
    this.sink({ type: "invoke", f: "poll", op, process: this.process, timeMs: this.now() });
    return op;
  }

  pollOk(op: number, records: Readonly<Record<string, readonly (readonly [number, number])[]>>): void {
    this.sink({ type: "ok", f: "poll", op, process: this.process, timeMs: this.now(), records });
  }
}
