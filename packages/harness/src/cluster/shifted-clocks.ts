import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Closable } from "@ottla/runtime";
import { repositoryRoot } from "../repository-root";

/** Wall clocks of brokers that can be set wrong, each for itself. Linux, with a C compiler. */
export class ShiftedClocks implements Closable {
  private constructor(
    private readonly folder: string,
    private readonly library: string,
    private readonly files: ReadonlyMap<number, number>,
  ) {}

  /** Why this machine cannot have them; null when it can. */
  static refusal(): string | null {
    if (process.platform !== "linux") return "clocks are shifted on Linux only";
    return spawnSync("cc", ["--version"]).status === 0 ? null : "to shift clocks takes a C compiler, cc";
  }

  static start(folder: string, brokerIds: readonly number[]): ShiftedClocks {
    const refusal = ShiftedClocks.refusal();
    if (refusal !== null) throw new Error(refusal);
    mkdirSync(folder, { recursive: true });
    const library = join(folder, "clock-shift.so");
    const source = join(repositoryRoot, "packages/harness/native/clock-shift.c");
    execFileSync("cc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
    const files = new Map(brokerIds.map((id) => [id, openSync(fileOf(folder, id), "w+")]));
    const clocks = new ShiftedClocks(folder, library, files);
    for (const id of brokerIds) clocks.shift(id, 0);
    return clocks;
  }

  /** The environment in which a broker must be started. */
  environment(brokerId: number): Record<string, string> {
    return { LD_PRELOAD: this.library, CLOCK_SHIFT_FILE: fileOf(this.folder, brokerId) };
  }

  /** Sets a broker's clock wrong by so much, from now on; 0 sets it right. */
  shift(brokerId: number, ms: number): void {
    const file = this.files.get(brokerId);
    if (file === undefined) throw new Error(`there is no broker ${brokerId}`);
    const nanos = Buffer.from(BigInt64Array.of(BigInt(ms) * 1_000_000n).buffer);
    writeSync(file, nanos, 0, nanos.length, 0);
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) closeSync(file);
  }
}

const fileOf = (folder: string, brokerId: number): string => join(folder, `broker${brokerId}.shift`);
