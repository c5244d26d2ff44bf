import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root";
import type { DiskControl, DiskFailure } from "./cluster-under-test";

/** One log directory of each broker lies on a disk that can fail, as far as the broker's process can tell. Linux, with a C compiler. */
export class FailingDisks implements DiskControl {
  private constructor(
    private readonly folder: string,
    private readonly library: string,
    private readonly files: ReadonlyMap<number, number>,
  ) {}

  /** Why this machine cannot have them; null when it can. */
  static refusal(): string | null {
    if (process.platform !== "linux") return "disks fail on Linux only";
    return spawnSync("cc", ["--version"]).status === 0 ? null : "for disks to fail it takes a C compiler, cc";
  }

  /** @param directories by broker */
  static start(folder: string, directories: ReadonlyMap<number, string>): FailingDisks {
    const refusal = FailingDisks.refusal();
    if (refusal !== null) throw new Error(refusal);
    mkdirSync(folder, { recursive: true });
    const library = join(folder, "disk-fault.so");
    const source = join(repositoryRoot, "packages/harness/native/disk-fault.c");
    execFileSync("cc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
    const files = new Map<number, number>();
    for (const [id, directory] of directories) {
      const file = openSync(fileOf(folder, id), "w+");
      const content = Buffer.alloc(SIZE_BYTES);
      content.write(directory, ERRNO_BYTES);
      writeSync(file, content, 0, content.length, 0);
      files.set(id, file);
    }
    return new FailingDisks(folder, library, files);
  }

  /** The library, and the environment, that a broker must be started with. */
  preload(brokerId: number): { readonly library: string; readonly env: Readonly<Record<string, string>> } {
    return { library: this.library, env: { OTTLA_DISK_FAULT: fileOf(this.folder, brokerId) } };
  }

  fail(brokerId: number, failure: DiskFailure): void {
    this.set(brokerId, constants.errno[failure]);
  }

  heal(brokerId: number): void {
    this.set(brokerId, 0);
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) closeSync(file);
  }

  private set(brokerId: number, errno: number): void {
    const file = this.files.get(brokerId);
    if (file === undefined) throw new Error(`there is no broker ${brokerId}`);
    const bytes = Buffer.from(Int32Array.of(errno).buffer);
    writeSync(file, bytes, 0, ERRNO_BYTES, 0);
  }
}

/** The file's size: what the library maps, and a page more. */
const SIZE_BYTES = 8192;
const ERRNO_BYTES = 4;

const fileOf = (folder: string, brokerId: number): string => join(folder, `broker${brokerId}.fault`);
