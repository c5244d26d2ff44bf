/** Something that keeps a file open and can open it again when it is needed. */
export interface ReopenableFile {
  /** Closes the file unless it is in use or holds what is not synced. @returns whether it is closed now */
  closeIfIdle(): boolean;
}

/**
 * The files of old segments that are open: the least recently used is closed when there are too many. A process may open a few
 * thousand; a directory may hold a hundred times as many segments.
 *
 * Active segments' files are not counted: they are written all the time.
 */
export class OpenFiles {
  /** Least recently used first. */
  private readonly files = new Set<ReopenableFile>();
  private newest: ReopenableFile | null = null;

  /** @param filesMax files in use or unsynced may exceed it for a while */
  constructor(readonly filesMax: number = OPEN_FILES_MAX) {}

  get count(): number {
    return this.files.size;
  }

  /** `file` is open, and was used just now. */
  used(file: ReopenableFile): void {
    if (this.newest === file) return;
    this.newest = file;
    this.files.delete(file);
    this.files.add(file);
    if (this.files.size <= this.filesMax) return;
    for (const oldest of this.files) {
      if (oldest !== file && oldest.closeIfIdle()) this.closed(oldest);
      if (this.files.size <= this.filesMax) return;
    }
  }

  /** `file` is closed, or not to be counted any more. */
  closed(file: ReopenableFile): void {
    this.files.delete(file);
    if (this.newest === file) this.newest = null;
  }
}

const OPEN_FILES_MAX = 512;
