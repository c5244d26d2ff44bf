import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A small file system of its own, in memory, for a log directory: it can be full, and read-only, without harm to any other. Needs root.
 */
export class MountedDisk {
  private constructor(readonly path: string) {}

  /** Whether this process may mount anything at all: even root may not, in most containers. */
  static isPossible(): boolean {
    if (process.getuid?.() !== 0) return false;
    const path = mkdtempSync(join(tmpdir(), "ottla-mount-"));
    try {
      MountedDisk.mount(path, 1).unmount();
      return true;
    } catch {
      // Whatever the system says: it is not possible here.
      return false;
    } finally {
      rmdirSync(path);
    }
  }

  /** Mounts an empty one at `path`, which is made when absent. */
  static mount(path: string, megabytes: number): MountedDisk {
    mkdirSync(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "ottla-spec", path], { stdio: "pipe" });
    return new MountedDisk(path);
  }

  /** Fills it to the last page. */
  fill(): void {
    const file = openSync(this.filler, "a");
    try {
      for (const block of [Buffer.alloc(1 << 20), Buffer.alloc(1 << 12)]) while (takes(file, block));
    } finally {
      closeSync(file);
    }
  }

  /** Undoes `fill`. */
  free(): void {
    rmSync(this.filler, { force: true });
  }

  /** Read-only from now on; refused by the system while a file is open for writing. */
  makeReadOnly(): void {
    execFileSync("mount", ["-o", "remount,ro", this.path], { stdio: "pipe" });
  }

  makeWritable(): void {
    execFileSync("mount", ["-o", "remount,rw", this.path], { stdio: "pipe" });
  }

  /** Takes it away, with everything in it, also from processes that have not noticed yet. */
  unmount(): void {
    execFileSync("umount", ["-l", this.path], { stdio: "pipe" });
  }

  private get filler(): string {
    return join(this.path, "filler");
  }
}

/** @returns whether there was room for it, or at least for some of it */
function takes(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) > 0;
  } catch (failure) {
    if (typeof failure === "object" && failure !== null && "code" in failure && failure.code === "ENOSPC") return false;
    throw failure;
  }
}
