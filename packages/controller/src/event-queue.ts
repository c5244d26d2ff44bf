/** Events waiting beyond which requests are refused; news from the ensemble are merged by name and need no bound. */
const REQUESTS_WAITING_MAX = 1000;

/** So many requests wait that another would only time out. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
}

interface Event {
  readonly name: string;
  readonly merges: boolean;
  readonly handle: () => Promise<void>;
}

/**
 * Takes events one at a time, in the order they came: while one is handled, nothing else changes what it looks at.
 *
 * @see `kafka.controller.ControllerEventManager`, whose one thread does the same
 */
export class EventQueue {
  private waiting: Event[] = [];
  private readonly merging = new Set<string>();
  private requestsWaiting = 0;
  private running: Promise<void> | null = null;

  /** @param onFailure told of what a handler of news threw; the queue goes on */
  constructor(private readonly onFailure: (event: string, failure: unknown) => void) {}

  /** Adds news. News that already wait under this name are not added again: whoever handles them reads the present state anyway. */
  tell(name: string, handle: () => Promise<void>): void {
    if (this.merging.has(name)) return;
    this.merging.add(name);
    this.add({ name, merges: true, handle });
  }

  /**
   * Adds a request and settles as its handler does.
   *
   * @throws QueueFull when too many wait
   */
  ask<T>(name: string, handle: () => Promise<T>): Promise<T> {
    if (this.requestsWaiting >= REQUESTS_WAITING_MAX) {
      return Promise.reject(new QueueFull(`${name}: ${this.requestsWaiting} requests wait already`));
    }
    this.requestsWaiting++;
    return new Promise<T>((resolve, reject) => {
      this.add({
        name,
        merges: false,
        handle: async () => {
          this.requestsWaiting--;
          try {
            resolve(await handle());
          } catch (failure) {
            reject(failure);
          }
        },
      });
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  private add(event: Event): void {
    this.waiting.push(event);
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    // The caller of `tell` goes on first: a handler never runs inside it.
    await Promise.resolve();
    for (let batch = this.take(); batch.length > 0; batch = this.take()) {
      for (const event of batch) {
        if (event.merges) this.merging.delete(event.name);
        try {
          await event.handle();
        } catch (failure) {
          this.onFailure(event.name, failure);
        }
      }
    }
    this.running = null;
  }

  private take(): Event[] {
    const batch = this.waiting;
    this.waiting = [];
    return batch;
  }
}
