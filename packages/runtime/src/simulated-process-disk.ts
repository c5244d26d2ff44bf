import { type Disk, DiskError, type DiskFile, type DiskStat } from "./disk";
import type { Closable } from "./scope";

/**
 * A disk as one process sees it. Once the process has ended every operation fails, so that what is left of it in memory, in a simulation,
 * cannot meddle with its successor.
 */
export class SimulatedProcessDisk implements Disk {
  constructor(
    private readonly machine: Disk,
    private readonly hasEnded: () => boolean,
  ) {}

  open(path: string, mode: "read" | "write" | "create"): DiskFile {
    return this.on("open", path).open(path, mode);
  }

  exists(path: string): boolean {
    return this.on("stat", path).exists(path);
  }

  stat(path: string): DiskStat | null {
    return this.on("stat", path).stat(path);
  }

  list(directory: string): string[] {
    return this.on("list", directory).list(directory);
  }

  makeDirectory(path: string): void {
    this.on("mkdir", path).makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.on("rename", from).rename(from, to);
  }

  remove(path: string): void {
    this.on("remove", path).remove(path);
  }

  removeTree(path: string): void {
    this.on("remove", path).removeTree(path);
  }

  readFile(path: string): Buffer {
    return this.on("read", path).readFile(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    return this.on("fsync", directory).syncDirectory(directory);
  }

  setModifiedMs(path: string, modifiedMs: number): void {
    this.on("utimes", path).setModifiedMs(path, modifiedMs);
  }

  space(path: string): { readonly totalBytes: number; readonly usableBytes: number } {
    return this.on("statfs", path).space(path);
  }

  tryLock(path: string): Closable | null {
    return this.on("lock", path).tryLock(path);
  }

  private on(operation: string, path: string): Disk {
    if (this.hasEnded()) {
      throw new DiskError(operation, path, Object.assign(new Error("the process has ended"), { code: "EBADF" }));
    }
    return this.machine;
  }
}
