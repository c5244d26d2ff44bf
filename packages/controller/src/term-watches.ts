import type { Coordination } from "@ottla/coordination";

/** The watches of one term: each path once, all of them gone when the term ends. */
export class TermWatches {
  private readonly stops = new Map<string, () => void>();

  /** @param tell adds an event to the term's queue */
  constructor(
    private readonly coordination: Coordination,
    private readonly signal: AbortSignal,
    private readonly tell: (name: string, handle: () => Promise<void>) => void,
  ) {
    signal.addEventListener("abort", () => this.clear(), { once: true });
  }

  async node(path: string, name: string, handle: () => Promise<void>): Promise<void> {
    if (this.stops.has(path)) return;
    this.keep(path, await this.coordination.watchNode(path, () => this.tell(name, handle)));
  }

  async children(path: string, name: string, handle: () => Promise<void>): Promise<void> {
    if (this.stops.has(path)) return;
    await this.coordination.ensurePath(path);
    this.keep(path, await this.coordination.watchChildren(path, () => this.tell(name, handle)));
  }

  stop(path: string): void {
    this.stops.get(path)?.();
    this.stops.delete(path);
  }

  private keep(path: string, stop: () => void): void {
    if (this.signal.aborted) stop();
    else this.stops.set(path, stop);
  }

  private clear(): void {
    for (const stop of this.stops.values()) stop();
    this.stops.clear();
  }
}
