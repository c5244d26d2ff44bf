import type { Clock, Timer } from "./clock";

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback, options): Timer {
    const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    if (options?.background) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  afterTick: (callback) => void setImmediate(callback),
};

/** Node fires a timer at once when its delay exceeds int32. Whoever waits longer than 24 days looks at the clock again anyway. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
