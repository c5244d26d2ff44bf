/**
 * Waits until `condition` holds, looking again every few milliseconds.
 *
 * @param what completes the sentence "waited N ms in vain until ..."
 * @throws when the time is up; what `condition` throws ends the wait at once
 */
export async function until(
  what: string,
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

const LOOK_AGAIN_MS = 10;
