import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Disk } from "@ottla/runtime";

/** The recorded log directories; see `fixtures/logs/README.md`. */
export type GoldenLogs = "clean" | "killed" | "follower" | "torn" | "recovered";

/** Every file of a recorded directory, by its path within it, such as `plain-0/00000000000000000000.log`. */
export function goldenFiles(name: GoldenLogs): ReadonlyMap<string, Buffer> {
  const archive = gunzipSync(readFileSync(join(__dirname, `../../fixtures/logs/${name}.tar.gz`)));
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK_BYTES <= archive.length; ) {
    const path = field(archive, at, 100);
    if (path === "") break;
    const sizeBytes = Number.parseInt(field(archive, at + 124, 12), 8);
    const isFile = archive.toString("latin1", at + 156, at + 157) === "0";
    const content = archive.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + sizeBytes);
    if (isFile) files.set(path.slice(name.length + 1), content);
    at += BLOCK_BYTES + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}

/** Puts a recorded directory on a disk, at `path`; what kafka-dump-log said of it is left out. */
export function installGolden(name: GoldenLogs, disk: Disk, path: string): void {
  disk.makeDirectory(path);
  for (const [file, content] of goldenFiles(name)) {
    if (file.endsWith("dump.json")) continue;
    const target = `${path}/${file}`;
    disk.makeDirectory(target.slice(0, target.lastIndexOf("/")));
    const open = disk.open(target, "create");
    try {
      open.write([content], 0);
    } finally {
      open.close();
    }
  }
}

/** What kafka-dump-log says of one partition of a recorded directory. */
export interface GoldenDump {
  /** By file name: `.log` files are an object, all others lists. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly remarks: readonly string[];
}

export function goldenDump(name: GoldenLogs, partition: string): GoldenDump {
  const dump = goldenFiles(name).get(`${partition}/dump.json`);
  if (dump === undefined) throw new Error(`${name}/${partition} has no dump`);
  return JSON.parse(dump.toString("utf8")) as GoldenDump;
}

const BLOCK_BYTES = 512;

/** A text field of a tar header, up to its first NUL. */
function field(archive: Buffer, at: number, length: number): string {
  const text = archive.toString("utf8", at, at + length);
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
