import type { ProducerIdBlockOutcome } from "@ottla/controller";

/** A producer id, or why there is none yet: clients retry on both errors. */
export type ProducerIdOutcome =
  | { readonly error: "NONE"; readonly producerId: bigint }
  | { readonly error: "COORDINATOR_LOAD_IN_PROGRESS" | "COORDINATOR_NOT_AVAILABLE" };

/**
 * Hands out producer ids, each once in the life of the cluster.
 *
 * Ids come in blocks from the controller, which writes down every block it gives away; the rest of a block is lost when the process
 * stops. The next block is asked for when a tenth of the current one is left, so that producers do not wait for it.
 */
export class ProducerIds {
  private readonly allocate: () => Promise<ProducerIdBlockOutcome>;
  private current: Block = { next: 0n, end: 0n, length: 0 };
  private following: Block | null = null;
  private asking: Promise<void> | null = null;

  /** @param options.allocate asks the controller for a block; bounded in time, and ended when the broker stops */
  constructor(options: { readonly allocate: () => Promise<ProducerIdBlockOutcome> }) {
    this.allocate = options.allocate;
  }

  /** @param signal ends the wait for a block; the block itself is kept for others */
  async next(signal: AbortSignal): Promise<ProducerIdOutcome> {
    if (this.isExhausted) await this.askUntil(signal);
    if (this.isExhausted) return { error: "COORDINATOR_LOAD_IN_PROGRESS" };
    const producerId = this.current.next++;
    const left = Number(this.current.end - this.current.next);
    if (left * PREFETCH_FRACTION < this.current.length && this.following === null) void this.ask();
    return { error: "NONE", producerId };
  }

  private get isExhausted(): boolean {
    if (this.current.next < this.current.end) return false;
    if (this.following === null) return true;
    this.current = this.following;
    this.following = null;
    return false;
  }

  private askUntil(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const asking = this.ask();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done);
      void asking.then(done);
    });
  }

  /** One question is under way at a time. It never rejects: without a block the next caller asks again. */
  private ask(): Promise<void> {
    this.asking ??= this.allocate()
      .then(
        (outcome) => {
          if (outcome.error !== "NONE") return;
          const { firstProducerId, length } = outcome;
          this.following = { next: firstProducerId, end: firstProducerId + BigInt(length), length };
        },
        () => {
          // The controller could not be asked. The client is told to come back, and its retry asks again.
        },
      )
      .finally(() => {
        this.asking = null;
      });
    return this.asking;
  }
}

/** The next block is asked for when less than one in this many ids is left. */
const PREFETCH_FRACTION = 10;

interface Block {
  next: bigint;
  readonly end: bigint;
  readonly length: number;
}
