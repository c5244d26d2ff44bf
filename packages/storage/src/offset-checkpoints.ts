import type { Disk } from "@ottla/runtime";
import { CheckpointFile, CheckpointMalformed, checkpointNumber } from "./checkpoint-file";

/** One partition's line of an offset checkpoint. */
export interface CheckpointedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The offsets a checkpoint file held, by partition. */
export class CheckpointedOffsets {
  private readonly offsets = new Map<string, number>();

  constructor(entries: Iterable<CheckpointedOffset>) {
    for (const { topic, partition, offset } of entries) this.offsets.set(`${topic}-${partition}`, offset);
  }

  get size(): number {
    return this.offsets.size;
  }

  /** @returns null when the file did not name the partition */
  get(topic: string, partition: number): number | null {
    return this.offsets.get(`${topic}-${partition}`) ?? null;
  }
}

/**
 * One of a log directory's checkpoints with a line `<topic> <partition> <offset>` for each partition, such as
 * `recovery-point-offset-checkpoint`.
 */
export class OffsetCheckpoint {
  private readonly file: CheckpointFile;
  /** What the device holds; empty while that is not known. */
  private written = "";

  constructor(disk: Disk, directory: string, name: string) {
    this.file = new CheckpointFile(disk, `${directory}/${name}`);
  }

  /** @throws CheckpointMalformed */
  read(): CheckpointedOffsets {
    const { path } = this.file;
    return new CheckpointedOffsets(
      this.file.read().map((line) => {
        const [topic, partition, offset, ...rest] = line.split(/\s+/);
        if (topic === undefined || topic === "" || rest.length > 0) {
          throw new CheckpointMalformed(path, `malformed line "${line}"`);
        }
        return {
          topic,
          partition: checkpointNumber(path, line, partition),
          offset: checkpointNumber(path, line, offset),
        };
      }),
    );
  }

  /**
   * Replaces the file, unless it holds the same already. Resolves when it is durable.
   *
   * @param offsets called when the write begins
   * @throws DiskError when that fails
   */
  async write(offsets: () => Iterable<CheckpointedOffset>): Promise<void> {
    if (asText(asLines(offsets())) === this.written) return;
    this.written = "";
    let content = "";
    await this.file.write(() => {
      const lines = asLines(offsets());
      content = asText(lines);
      return lines;
    });
    // A call whose closure gave way to a later one's has no content of its own; at worst the next one writes the same again.
    this.written = content;
  }
}

function asLines(offsets: Iterable<CheckpointedOffset>): string[] {
  return Array.from(offsets, ({ topic, partition, offset }) => `${topic} ${partition} ${offset}`);
}

function asText(lines: readonly string[]): string {
  return lines.length === 0 ? "none" : lines.join("\n");
}
