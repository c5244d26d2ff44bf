import { readFileSync } from "node:fs";
import type { ClusterUnderTest } from "./cluster-under-test";

/** How much memory each broker took at most, over all the processes that it was. */
export class MemoryPeaks {
  private readonly peakMiB = new Map<number, number>();
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly cluster: ClusterUnderTest) {
    // The kernel keeps each process's peak: only what a killed one had since the last look is missed.
    this.timer = setInterval(() => this.look(), LOOK_AGAIN_MS);
    this.timer.unref();
  }

  static watch(cluster: ClusterUnderTest): MemoryPeaks {
    return new MemoryPeaks(cluster);
  }

  /** Resident memory by broker, MiB; none where the system does not tell. */
  get peaks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.peakMiB);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.look();
  }

  private look(): void {
    for (const id of this.cluster.brokerIds) {
      const pid = this.cluster.brokers.pidOf(id);
      if (pid !== null) this.peakMiB.set(id, Math.max(this.peakMiB.get(id) ?? 0, peakOf(pid)));
    }
  }
}

function peakOf(pid: number): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Math.round(Number(kib ?? 0) / 1024);
  } catch {
    // It has just ended, or this is no Linux.
    return 0;
  }
}

const LOOK_AGAIN_MS = 1000;
