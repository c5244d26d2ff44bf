import { type Disk, replaceFile } from "@ottla/runtime";

/** A checkpoint file says something that cannot be: its directory must not be used. */
export class CheckpointMalformed extends Error {
  override readonly name = "CheckpointMalformed";
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`${path}: ${problem}`);
  }
}

/**
 * One of Kafka's text checkpoints: a line `0` (the version), a line with the number of entries, then an entry a line.
 *
 * Writes replace the file as a whole and reach the device before they resolve. One is under way at a time; those asked for meanwhile
 * become one write with the newest content.
 */
export class CheckpointFile {
  private newest: () => readonly string[] = () => [];
  private underWay: Promise<void> = Promise.resolve();
  private queued: Promise<void> | null = null;
  private abandoned = false;

  constructor(
    private readonly disk: Disk,
    readonly path: string,
  ) {}

  /**
   * The entries on disk. A missing file and an empty one (Kafka makes them so) have none.
   *
   * @throws CheckpointMalformed on another version, a wrong number of lines, or no number where one belongs
   */
  read(): string[] {
    if (!this.disk.exists(this.path)) return [];
    return parseCheckpoint(this.path, this.disk.readFile(this.path));
  }

  /**
   * Replaces the file.
   *
   * @param entries called when the write begins, so that it sees the newest state
   * @returns resolves once content at least as new as this call is durable
   * @throws DiskError when that fails
   */
  write(entries: () => readonly string[]): Promise<void> {
    this.newest = entries;
    this.queued ??= this.afterTheOneUnderWay();
    return this.queued;
  }

  /** No more writes begin, and failures of the one under way are nobody's concern: the file's directory is going away. */
  abandon(): void {
    this.abandoned = true;
  }

  private async afterTheOneUnderWay(): Promise<void> {
    try {
      await this.underWay;
    } catch {
      // Those who asked for that write hear of it; this one is tried on its own account.
    }
    this.queued = null;
    this.underWay = this.replace();
    return this.underWay;
  }

  private async replace(): Promise<void> {
    if (this.abandoned) return;
    try {
      await replaceFile(this.disk, this.path, formatCheckpoint(this.newest()));
    } catch (failure) {
      if (!this.abandoned) throw failure;
    }
  }
}

export function formatCheckpoint(entries: readonly string[]): string {
  return ["0", String(entries.length), ...entries, ""].join("\n");
}

/** @throws CheckpointMalformed */
export function parseCheckpoint(path: string, content: Buffer): string[] {
  if (content.length === 0) return [];
  const lines = content.toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  const [version, count, ...entries] = lines;
  if (version?.trim() !== "0") throw new CheckpointMalformed(path, `version "${version}" is not 0`);
  if (count === undefined || !/^\d+$/.test(count.trim())) throw new CheckpointMalformed(path, `"${count}" is no count`);
  if (entries.length !== Number(count)) {
    throw new CheckpointMalformed(path, `${entries.length} entries where it promises ${count}`);
  }
  return entries;
}

/** A whole number of a checkpoint line. @throws CheckpointMalformed */
export function checkpointNumber(path: string, line: string, text: string | undefined): number {
  const value = text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new CheckpointMalformed(path, `malformed line "${line}"`);
  return value;
}
