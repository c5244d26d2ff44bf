import { type Disk, DiskError, type Logger } from "@ottla/runtime";
import { InconsistentMetaProperties, type LogDirectory, MetaPropertiesFile } from "@ottla/storage";

/**
 * What log directories have noted of each other: a disk that failed may have lost records and take no note of it, and is trusted at the
 * next start unless somebody else remembers (rule 55).
 */
export class LossNotes {
  private constructor(
    private readonly reasons: ReadonlyMap<string, string>,
    private readonly logger: Logger,
  ) {}

  /** Reads the notes of all directories, before any of them is opened. What cannot be read says nothing: it cannot be opened either. */
  static read(disk: Disk, paths: Iterable<string>, logger: Logger): LossNotes {
    const reasons = new Map<string, string>();
    for (const path of paths) {
      try {
        const { losses } = MetaPropertiesFile.read(disk, path, () => 0).properties;
        for (const [directoryId, reason] of losses) reasons.set(directoryId, reason);
      } catch (error) {
        if (!(error instanceof DiskError || error instanceof InconsistentMetaProperties)) throw error;
        logger.debug("notes of other directories cannot be read", { path, error });
      }
    }
    return new LossNotes(reasons, logger);
  }

  /** Why records may be missing from the directory; null when nobody knows of any. */
  of(directoryId: string): string | null {
    return this.reasons.get(directoryId) ?? null;
  }

  /** Has every directory that still works note a loss. @throws DiskError when none takes the note */
  async add(directoryId: string, reason: string, directories: readonly LogDirectory[]): Promise<void> {
    let noted = 0;
    let refusal: unknown = null;
    for (const directory of directories) {
      if (directory.directoryId === directoryId || directory.failure !== null) continue;
      try {
        await directory.noteLoss(directoryId, reason);
        noted++;
      } catch (failure) {
        refusal = failure;
      }
    }
    if (noted === 0) throw refusal ?? new DiskError("note a loss", "in every other log directory", "offline");
  }

  /** Directories that are open know of their own losses by now: the notes of these go. */
  async settle(directories: readonly LogDirectory[]): Promise<void> {
    const open = directories.map(({ directoryId }) => directoryId);
    for (const directory of directories) {
      try {
        await directory.forgetLosses(open);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        this.logger.error("log directory failed at the start, its replicas are offline", {
          path: directory.path,
          error,
        });
      }
    }
  }
}
