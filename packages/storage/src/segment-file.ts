import type { Disk, DiskFile } from "@ottla/runtime";
import type { OpenFiles, ReopenableFile } from "./open-files";

/**
 * A segment's `.log`: opened when it is needed, kept open while somebody uses it or it is not synced, and otherwise closed when the
 * directory has too many open.
 */
export class SegmentFile implements ReopenableFile {
  private file: DiskFile | null = null;
  private users = 0;
  private isClosing = false;
  private unsynced = false;
  private isActive = false;

  constructor(
    private readonly disk: Disk,
    readonly path: string,
    private readonly openFiles: OpenFiles,
  ) {}

  /** Makes the file, or empties the one that is there. */
  create(): void {
    this.file = this.disk.open(this.path, "create");
    if (this.file.sizeBytes() > 0) this.file.truncate(0);
  }

  /** For reads and writes that end before anything else can happen. */
  opened(): DiskFile {
    this.file ??= this.disk.open(this.path, "write");
    if (!this.isActive) this.openFiles.used(this);
    return this.file;
  }

  /** The file, kept open until `unpin` even when it is closed or deleted meanwhile. */
  pin(): DiskFile {
    this.users++;
    return this.opened();
  }

  unpin(): void {
    this.users--;
    if (this.users === 0 && this.isClosing) this.closeNow();
  }

  get isUnsynced(): boolean {
    return this.unsynced;
  }

  /** It was written, or recovery found it in an unknown state: a loss of power would take something. */
  markUnsynced(): void {
    this.unsynced = true;
  }

  /** Makes what was written durable. @throws DiskError; it counts as unsynced again */
  async sync(): Promise<void> {
    if (!this.unsynced) return;
    const file = this.pin();
    try {
      this.unsynced = false;
      await file.sync();
    } catch (failure) {
      this.unsynced = true;
      throw failure;
    } finally {
      this.unpin();
    }
  }

  /** The file of an active segment stays open. */
  setActive(isActive: boolean): void {
    this.isActive = isActive;
    if (isActive) this.openFiles.closed(this);
    else if (this.file !== null) this.openFiles.used(this);
  }

  closeIfIdle(): boolean {
    if (this.users > 0 || this.unsynced || this.isActive) return false;
    this.closeNow();
    return true;
  }

  get isClosed(): boolean {
    return this.isClosing;
  }

  /** Lets go of the file; who still uses it finishes first. */
  close(): void {
    this.isClosing = true;
    if (this.users === 0) this.closeNow();
  }

  private closeNow(): void {
    this.file?.close();
    this.file = null;
    this.openFiles.closed(this);
  }
}
