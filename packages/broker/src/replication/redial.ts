import type { Clock, Random, Timer } from "@ottla/runtime";

const FIRST_MS = 50;
const LONGEST_MS = 1000;

/** When to dial again after a break (rule 12): at once, then after 50 ms growing to a second, with jitter. */
export class Redial {
  private timer: Timer | null = null;
  private failures = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly dial: () => void,
  ) {}

  /** The other side answered: the next break is a first one again. */
  succeeded(): void {
    this.failures = 0;
  }

  schedule(): void {
    this.cancel();
    const waitMs = this.failures === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.failures - 1));
    this.failures = Math.min(this.failures + 1, 16);
    const jittered = waitMs * (0.75 + 0.5 * this.random.fraction());
    this.timer = this.clock.setTimer(
      jittered,
      () => {
        this.timer = null;
        this.dial();
      },
      { background: true },
    );
  }

  /** There is a reason to believe that it works now. */
  hurry(): void {
    if (this.timer === null) return;
    this.cancel();
    this.failures = 0;
    this.schedule();
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
