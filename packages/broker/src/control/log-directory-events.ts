import { type Coordination, CoordinationError, logDirEvent } from "@ottla/coordination";
import { Aborted, type Clock, type Closable, explain, type Logger, sleep } from "@ottla/runtime";

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5000;

/**
 * Tells the controller, as Kafka does with ZooKeeper, that this broker has lost a log directory: by a node that names the broker alone. The
 * controller then asks for all its replicas, and learns from the refusals which are offline.
 */
export class LogDirectoryEvents implements Closable {
  private readonly closing = new AbortController();
  private due = false;
  private writing: Promise<void> | null = null;

  constructor(
    private readonly options: {
      readonly coordination: Pick<Coordination, "create">;
      readonly brokerId: number;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {}

  /** A directory has failed. The node is written as soon as the ensemble takes it; failures meanwhile share the next one. */
  tell(): void {
    this.due = true;
    this.writing ??= this.write().finally(() => (this.writing = null));
  }

  /** Gives up what is not written: who comes back is asked for all its replicas anyway. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.writing;
  }

  private async write(): Promise<void> {
    const { coordination, brokerId, clock, logger } = this.options;
    const { signal } = this.closing;
    let delayMs = RETRY_MS_MIN;
    while (this.due && !signal.aborted) {
      this.due = false;
      try {
        // Where the reply was lost it is written twice, which does no harm.
        await coordination.create(logDirEvent.prefix, logDirEvent.encode({ brokerId }), { sequential: true });
      } catch (failure) {
        if (!(failure instanceof CoordinationError)) throw failure;
        logger.warn("the controller could not be told of a failed log directory yet", { failure: explain(failure) });
        this.due = true;
        await sleep(clock, delayMs, signal).catch((ended: unknown) => {
          if (!(ended instanceof Aborted)) throw ended;
        });
        delayMs = Math.min(delayMs * 2, RETRY_MS_MAX);
      }
    }
  }
}
