import type { Disk, DiskFile } from "@ottla/runtime";
import type { OpenFiles, ReopenableFile } from "./open-files";

/**
 * A file of entries of one size, in order: what the offset, time and transaction indexes are made of.
 *
 * New entries wait in memory until `writePending`, which a flush, a roll and a close call: an append then costs no call to the disk,
 * and what a crash takes is rebuilt from the log. The file is opened when it is first needed.
 */
export class EntryFile implements ReopenableFile {
  private file: DiskFile | null = null;
  private writtenCount = 0;
  private pending: Buffer = EMPTY;
  private pendingBytes = 0;
  private unsynced = false;
  private writable = false;
  private syncs = 0;
  private isActive = false;
  private isClosing = false;
  private readonly scratch: Buffer;

  constructor(
    private readonly disk: Disk,
    readonly path: string,
    readonly entryBytes: number,
    private readonly openFiles: OpenFiles,
  ) {
    this.scratch = Buffer.alloc(entryBytes);
    this.writtenCount = Math.floor((disk.stat(path)?.sizeBytes ?? 0) / entryBytes);
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

  /**
   * Shows the entries one after the other, until `visit` refuses one. The file is read piece by piece and not past the piece refused in:
   * Kafka reserves 10 MB for an index in use, nearly all of it padding.
   *
   * @returns how many were not refused
   */
  countWhile(visit: (bytes: Buffer, at: number) => boolean): number {
    const piece = Buffer.alloc(Math.min(this.writtenCount, ENTRIES_PER_PIECE) * this.entryBytes);
    let index = 0;
    for (let start = 0; start < this.writtenCount; start = index) {
      const end = Math.min(this.writtenCount, start + ENTRIES_PER_PIECE);
      const bytes = piece.subarray(0, (end - start) * this.entryBytes);
      this.opened("read").read(bytes, start * this.entryBytes);
      for (; index < end; index++) if (!visit(bytes, (index - start) * this.entryBytes)) return index;
    }
    for (let at = 0; at < this.pendingBytes; at += this.entryBytes, index++) if (!visit(this.pending, at)) return index;
    return index;
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
    this.syncs++;
    try {
      await this.file.sync();
    } catch (failure) {
      this.unsynced = true;
      throw failure;
    } finally {
      this.syncs--;
      if (this.syncs === 0 && this.isClosing) this.closeNow();
    }
  }

  /** The files of an active segment stay open. */
  setActive(isActive: boolean): void {
    this.isActive = isActive;
    if (isActive) this.openFiles.closed(this);
    else if (this.file !== null) this.openFiles.used(this);
  }

  closeIfIdle(): boolean {
    if (this.syncs > 0 || this.unsynced || this.isActive) return false;
    this.closeNow();
    return true;
  }

  /** Lets go of the file, after the sync that is under way. */
  close(): void {
    this.isClosing = true;
    if (this.syncs === 0) this.closeNow();
  }

  private closeNow(): void {
    this.isClosing = false;
    this.file?.close();
    this.file = null;
    this.writable = false;
    this.openFiles.closed(this);
  }

  private opened(mode: "read" | "create"): DiskFile {
    if (this.file === null || (mode === "create" && !this.writable)) {
      this.file?.close();
      this.file = null;
      this.file = this.disk.open(this.path, mode);
      this.writable = mode === "create";
    }
    if (!this.isActive) this.openFiles.used(this);
    return this.file;
  }
}

const EMPTY = Buffer.alloc(0);
/** Entries read at a time where they are looked through in order. */
const ENTRIES_PER_PIECE = 512;

/** A flush comes every few megabytes; a buffer larger than this was needed once and is let go of. */
const LARGEST_KEPT_BYTES = 64 * 1024;
