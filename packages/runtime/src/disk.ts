import type { Closable } from "./scope";

/**
 * The file system as a log needs it.
 *
 * Reads and writes are synchronous: an append to the page cache costs a few microseconds, a hop to a thread pool tens of them.
 * Only what waits for the device (`sync`, `syncDirectory`, cold reads) is asynchronous. Paths are absolute. Failures are thrown as
 * `DiskError`; a path that is not there has code `ENOENT`.
 */
export interface Disk {
  /**
   * Opens a file.
   *
   * @param mode "read" an existing file; "write" an existing file for reading and writing; "create" the same, made when absent
   */
  open(path: string, mode: "read" | "write" | "create"): DiskFile;
  exists(path: string): boolean;
  /** Size and times of a file or directory; null when nothing is there. */
  stat(path: string): DiskStat | null;
  /** Names in a directory, sorted. */
  list(directory: string): string[];
  /** Makes a directory and its missing parents; nothing happens when it is there. */
  makeDirectory(path: string): void;
  /** Renames atomically, replacing a file that is there. Durable only after `syncDirectory` of the parents. */
  rename(from: string, to: string): void;
  /** Removes a file; nothing happens when it is not there. */
  remove(path: string): void;
  /** Removes a directory and all below it; nothing happens when it is not there. */
  removeTree(path: string): void;
  readFile(path: string): Buffer;
  /** Makes names in `directory` durable: files created, renamed and removed. */
  syncDirectory(directory: string): Promise<void>;
  /** Sets a file's modification time, milliseconds since the Unix epoch. */
  setModifiedMs(path: string, modifiedMs: number): void;
  /** Bytes of the file system that holds `path`. */
  space(path: string): { readonly totalBytes: number; readonly usableBytes: number };
  /**
   * Takes a kernel lock on the file at `path` (made when absent), which dies with this process and not before.
   *
   * @returns null when another process holds it
   */
  tryLock(path: string): Closable | null;
}

export interface DiskStat {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** An open file. Positions and sizes are in bytes. */
export interface DiskFile extends Closable {
  readonly path: string;
  sizeBytes(): number;
  /** Reads up to `into.length` bytes at `position` from the page cache. @returns bytes read, fewer only at the end of the file */
  read(into: Buffer, position: number): number;
  /** The same off the event loop, for ranges that may have to come from the device. */
  readCold(into: Buffer, position: number): Promise<number>;
  /** Writes all of `buffers` at `position`, in calls of at most 128 KiB; short writes are finished. */
  write(buffers: readonly Buffer[], position: number): void;
  truncate(sizeBytes: number): void;
  /** Makes the file's data durable (fdatasync). */
  sync(): Promise<void>;
  close(): void;
}

/** The disk refused: full, read-only, gone, broken. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  /** The system's name for it, such as ENOSPC, EROFS, EIO, ENOENT. */
  readonly code: string;

  constructor(
    readonly operation: string,
    readonly path: string,
    cause: unknown,
  ) {
    const code = codeOf(cause);
    super(`${operation} ${path}: ${code}`, { cause });
    this.code = code;
  }
}

function codeOf(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "code" in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Replaces a file as a whole: write beside it, fsync, rename, fsync the directory. A reader sees the old content or the new one.
 *
 * @param path written as `<path>.tmp` first, as Kafka does
 */
export async function replaceFile(disk: Disk, path: string, content: Buffer | string): Promise<void> {
  const temporary = `${path}.tmp`;
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const file = disk.open(temporary, "create");
  try {
    file.truncate(0);
    file.write([bytes], 0);
    await file.sync();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  await disk.syncDirectory(path.slice(0, path.lastIndexOf("/")) || "/");
}
