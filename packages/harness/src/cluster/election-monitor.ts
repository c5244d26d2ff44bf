import { CoordinationError } from "@ottla/coordination";
import { sleep, systemClock } from "@ottla/runtime";
import { ElectionInvariants } from "../checker/election-invariants";
import type { ClusterView } from "./cluster-view";

/** Looks at the partitions in ZooKeeper all the time and holds them to what elections must keep. */
export class ElectionMonitor {
  readonly invariants = new ElectionInvariants();
  private readonly running: Promise<void>;
  private stopped = false;

  constructor(
    private readonly view: ClusterView,
    private readonly topics: () => readonly string[],
  ) {
    this.running = this.run();
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** @throws what ended the watch before */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      for (const topic of this.topics()) {
        try {
          for (const partition of await this.view.partitions(topic))
            if (partition.version >= 0) this.invariants.observe(partition);
        } catch (error) {
          // ZooKeeper is among those that are broken on purpose.
          if (!(error instanceof CoordinationError)) throw error;
        }
      }
      await sleep(systemClock, LOOK_AGAIN_MS);
    }
  }
}

const LOOK_AGAIN_MS = 25;
