import type { Closable, Disk, DiskFile, DiskStat } from "@ottla/runtime";

/**
 * A disk on which one folder lies elsewhere than its user thinks, until it is put in its place: then the user's paths are right, and whatever
 * is open stays open.
 */
export class RelocatedDisk implements Disk {
  private isPut = false;

  constructor(
    private readonly disk: Disk,
    /** What the user calls the folder. */
    readonly home: string,
    /** Where it lies. */
    readonly folder: string,
  ) {}

  /** Whether the folder is called what its user calls it. */
  get isInPlace(): boolean {
    return this.isPut;
  }

  /** Renames the folder to what its user calls it. @throws DiskError */
  putInPlace(): void {
    this.disk.rename(this.folder, this.home);
    this.isPut = true;
  }

  open(path: string, mode: "read" | "write" | "create"): DiskFile {
    return this.disk.open(this.actual(path), mode);
  }

  exists(path: string): boolean {
    return this.disk.exists(this.actual(path));
  }

  stat(path: string): DiskStat | null {
    return this.disk.stat(this.actual(path));
  }

  list(directory: string): string[] {
    return this.disk.list(this.actual(directory));
  }

  makeDirectory(path: string): void {
    this.disk.makeDirectory(this.actual(path));
  }

  rename(from: string, to: string): void {
    this.disk.rename(this.actual(from), this.actual(to));
  }

  remove(path: string): void {
    this.disk.remove(this.actual(path));
  }

  removeTree(path: string): void {
    this.disk.removeTree(this.actual(path));
  }

  readFile(path: string): Buffer {
    return this.disk.readFile(this.actual(path));
  }

  syncDirectory(directory: string): Promise<void> {
    return this.disk.syncDirectory(this.actual(directory));
  }

  setModifiedMs(path: string, modifiedMs: number): void {
    this.disk.setModifiedMs(this.actual(path), modifiedMs);
  }

  space(path: string): { readonly totalBytes: number; readonly usableBytes: number } {
    return this.disk.space(this.actual(path));
  }

  tryLock(path: string): Closable | null {
    return this.disk.tryLock(this.actual(path));
  }

  private actual(path: string): string {
    if (this.isPut || !(path === this.home || path.startsWith(`${this.home}/`))) return path;
    return this.folder + path.slice(this.home.length);
  }
}
