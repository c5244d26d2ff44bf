import type { Disk, DiskFile } from "@ottla/runtime";

/**
 * A file of entries of one size, in order: what the offset, time and transaction indexes are made of.
 *
 * New entries wait in memory until `writePending`, which a flush, a roll and a close call: an append then costs no call to the disk,
 * and what a crash takes is rebuilt from the log. The file is opened when it is first needed.
 */
export class EntryFile {
  private file: DiskFile | null = null;
  private writtenCount = 0;
  private pending: Buffer = EMPTY;
  private pendingBytes = 0;
  private unsynced = false;
  private writable = false;
  private readonly scratch: Buffer;

  constructor(
    private readonly disk: Disk,
    private filePath: string,
    readonly entryBytes: number,
  ) {
    this.scratch = Buffer.alloc(entryBytes);
    this.writtenCount = Math.floor((disk.stat(filePath)?.sizeBytes ?? 0) / entryBytes);
  }

  get path(): string {
    return this.filePath;
  }

  get count(): number {
    return this.writtenCount + this.pendingBytes / this.entryBytes;
  }

  /** Entries that lie in the file already. */
  get countWritten(): number {
    return this.writtenCount;
  }

  /** Room for one more entry, which the caller fills at once. */
  append(): { readonly bytes: Buffer; readonly at: number } {
    if (this.pendingBytes + this.entryBytes > this.pending.length) {
      const larger = Buffer.alloc(Math.max(this.pending.length * 2, 16 * this.entryBytes));
      this.pending.copy(larger, 0, 0, this.pendingBytes);
      this.pending = larger;
    }
    const at = this.pendingBytes;
    this.pendingBytes += this.entryBytes;
    return { bytes: this.pending, at };
  }

  /** The bytes of entry `index`, good until the next call. */
  entry(index: number): { readonly bytes: Buffer; readonly at: number } {
    if (index >= this.writtenCount) return { bytes: this.pending, at: (index - this.writtenCount) * this.entryBytes };
    this.opened("read").read(this.scratch, index * this.entryBytes);
    return { bytes: this.scratch, at: 0 };
  }

  /** All entries, copied. For small files and for checks. */
  all(): Buffer {
    const written = Buffer.alloc(this.writtenCount * this.entryBytes);
    if (written.length > 0) this.opened("read").read(written, 0);
    return Buffer.concat([written, this.pending.subarray(0, this.pendingBytes)]);
  }

  /** Drops all entries, and whatever else lies in the file, which is made when it is not there. */
  clear(): void {
    this.pendingBytes = 0;
    this.writtenCount = 0;
    this.cutFile();
  }

  /** Keeps the first `count` entries; the file is cut to them, so that a reader of the file sees no others. */
  truncate(count: number): void {
    if (count >= this.writtenCount) {
      this.pendingBytes = Math.min(this.pendingBytes, (count - this.writtenCount) * this.entryBytes);
      return;
    }
    this.pendingBytes = 0;
    this.writtenCount = count;
    this.cutFile();
  }

  /** Makes the file's size that of its entries: padding that another program reserved goes. */
  cutFile(): void {
    const file = this.opened("create");
    if (file.sizeBytes() === this.writtenCount * this.entryBytes) return;
    file.truncate(this.writtenCount * this.entryBytes);
    this.unsynced = true;
  }

  /** Hands the waiting entries to the kernel. */
  writePending(): void {
    if (this.pendingBytes === 0) return;
    this.opened("create").write([this.pending.subarray(0, this.pendingBytes)], this.writtenCount * this.entryBytes);
    this.writtenCount += this.pendingBytes / this.entryBytes;
    this.pendingBytes = 0;
    if (this.pending.length > LARGEST_KEPT_BYTES) this.pending = EMPTY;
    this.unsynced = true;
  }

  /** Whether a loss of power would take entries. */
  get needsSync(): boolean {
    return this.unsynced || this.pendingBytes > 0;
  }

  /** Makes what was written durable. */
  async sync(): Promise<void> {
    if (!this.unsynced || this.file === null) return;
    this.unsynced = false;
    await this.file.sync();
  }

  /** The file has been renamed. */
  renamed(path: string): void {
    this.filePath = path;
    this.close();
  }

  close(): void {
    this.file?.close();
    this.file = null;
    this.writable = false;
  }

  private opened(mode: "read" | "create"): DiskFile {
    if (this.file !== null && (mode === "read" || this.writable)) return this.file;
    this.file?.close();
    this.file = null;
    this.file = this.disk.open(this.filePath, mode);
    this.writable = mode === "create";
    return this.file;
  }
}

const EMPTY = Buffer.alloc(0);
/** A flush comes every few megabytes; a buffer larger than this was needed once and is let go of. */
const LARGEST_KEPT_BYTES = 64 * 1024;
