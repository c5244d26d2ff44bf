import type { Closable } from "@ottla/runtime";
import type { ManagedProcess } from "../managed-process";
import type { NodeControl } from "./cluster-under-test";

/** Processes that can be ended and started again, each under an id. */
export class ProcessNodes<Id> implements NodeControl<Id>, Closable {
  private readonly processes = new Map<Id, ManagedProcess>();
  private readonly paused = new Set<Id>();

  /**
   * @param launch starts the process
   * @param ready waits until it serves; throws when it does not come to that
   */
  constructor(
    readonly ids: readonly Id[],
    private readonly launch: (id: Id) => Promise<ManagedProcess>,
    private readonly ready: (id: Id, process: ManagedProcess) => Promise<void>,
  ) {}

  isRunning(id: Id): boolean {
    return this.processes.get(id)?.running ?? false;
  }

  pidOf(id: Id): number | null {
    const process = this.processes.get(id);
    return process?.running ? process.pid : null;
  }

  /** The last of what it said. */
  output(id: Id): string {
    return this.processes.get(id)?.output ?? "";
  }

  async kill(id: Id): Promise<void> {
    this.paused.delete(id);
    await this.processes.get(id)?.end("SIGKILL");
  }

  async stop(id: Id): Promise<void> {
    this.paused.delete(id);
    await this.processes.get(id)?.end("SIGTERM", STOP_PATIENCE_MS);
  }

  async start(id: Id): Promise<void> {
    if (this.isRunning(id)) return;
    const process = await this.launch(id);
    this.processes.set(id, process);
    await this.ready(id, process);
  }

  pause(id: Id): void {
    this.paused.add(id);
    this.processes.get(id)?.signal("SIGSTOP");
  }

  resume(id: Id): void {
    this.paused.delete(id);
    this.processes.get(id)?.signal("SIGCONT");
  }

  /** Starts those together; brokers and ensembles need each other to become ready. */
  async startAll(): Promise<void> {
    await Promise.all(this.ids.map((id) => this.start(id)));
  }

  async close(): Promise<void> {
    await Promise.all(this.ids.map((id) => this.kill(id)));
  }
}

/** A controlled shutdown moves leaders, and tries that for a while when nobody answers. */
const STOP_PATIENCE_MS = 60_000;
