import type { Logger } from "@ottla/runtime";
import type { LogDirectory } from "@ottla/storage";

/**
 * Finishes moves between log directories that a crash interrupted: of two logs of one partition the one that had moved counts, and the other
 * one is deleted.
 *
 * @throws DiskError
 */
export async function finishInterruptedMoves(directories: readonly LogDirectory[], logger: Logger): Promise<void> {
  for (const directory of directories) {
    for (const log of directory.logs()) {
      if (!directory.futures.hasMovedHere(log)) continue;
      const { topic, partition } = log;
      const from = directories.find((other) => other !== directory && other.get(topic, partition) !== undefined);
      logger.warn("a replica had moved when the last process ended: what it left behind is deleted", {
        topic,
        partition,
        directory: directory.path,
      });
      await directory.finishMove(log, from ?? null);
    }
  }
}
