import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryRoot } from "./repository-root";

const script = join(repositoryRoot, "scripts/check-layers.cjs");

describe("the layer rules", () => {
  it("hold for this tree", () => {
    expect(execFileSync("node", [script], { encoding: "utf8" })).toBe("layers: sound\n");
  });

  it.each([
    [
      "a package importing upwards",
      "packages/storage/src/x.ts",
      'import "@ottla/broker";',
      "imports run downwards only",
    ],
    [
      "a package importing one on its own floor",
      "packages/client/src/x.ts",
      'import "@ottla/controller";',
      "imports run downwards only",
    ],
    [
      "a reach past an index",
      "packages/broker/src/x.ts",
      `import { a } from "${"@ottla"}/protocol/src/apis";`,
      "import the package's index",
    ],
    [
      "node:fs in a pure place",
      "packages/storage/src/plans/x.ts",
      'import * as fs from "node:fs";',
      "a pure place imports node:fs",
    ],
    [
      "ZooKeeper in a pure place",
      "packages/controller/src/decisions/x.ts",
      'import "node-zookeeper-client";',
      "ZooKeeper",
    ],
    ["gRPC in a pure place", "packages/broker/src/partition/x.ts", 'import "@grpc/grpc-js";', "gRPC"],
    ["a clock in a pure place", "packages/protocol/src/x.ts", "export const now = Date.now();", "uses Date.now"],
    [
      "a timer outside runtime's adapters",
      "packages/coordination/src/x.ts",
      "setTimeout(() => {}, 1);",
      "uses setTimeout",
    ],
    [
      "randomness outside runtime's adapters",
      "packages/broker/src/x.ts",
      "export const r = Math.random();",
      "uses Math.random",
    ],
  ])("refuse %s", (_, file, source, complaint) => {
    const { status, output } = checkTreeWith(file, source);
    expect(output).toContain(complaint);
    expect(output).toContain(file);
    expect(status).toBe(1);
  });

  it("let the codecs have node:zlib, which only computes", () => {
    expect(checkTreeWith("packages/protocol/src/compression/x.ts", 'import "node:zlib";').status).toBe(0);
    expect(checkTreeWith("packages/protocol/src/records/x.ts", 'import "node:zlib";').status).toBe(1);
  });
});

function checkTreeWith(file: string, source: string): { status: number | null; output: string } {
  const root = mkdtempSync(join(tmpdir(), "ottla-layers-"));
  try {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), source);
    const result = spawnSync("node", [script, "--root", root], { encoding: "utf8" });
    return { status: result.status, output: result.stdout + result.stderr };
  } finally {
    rmSync(root, { recursive: true });
  }
}
