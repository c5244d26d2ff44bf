/** Milliseconds since the epoch with fractions, which never go back within one process. */
export function nowMs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 100) / 100;
}
