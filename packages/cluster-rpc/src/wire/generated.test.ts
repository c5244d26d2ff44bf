import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const packageDirectory = join(__dirname, "..", "..");

describe("the generated code", () => {
  it("is what the .proto files say today", () => {
    if (!existsSync(join(packageDirectory, "..", "..", "node_modules", "protobufjs-cli"))) {
      console.warn("protobufjs-cli is not installed: nothing to compare with");
      return;
    }
    const directory = mkdtempSync(join(tmpdir(), "ottla-generated-"));
    try {
      const run = spawnSync(join(packageDirectory, "scripts", "generate.sh"), [directory], { encoding: "utf8" });
      expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });
      for (const file of ["cluster.js", "cluster.d.ts"])
        expect(readFileSync(join(directory, file), "utf8")).toBe(
          readFileSync(join(packageDirectory, "generated", file), "utf8"),
        );
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 60_000);

  it("has a comment above every field, message, call and service of the contract, or a name that says it all", () => {
    for (const name of ["common", "replication", "controller", "broker"]) {
      const proto = readFileSync(join(packageDirectory, "proto", "ottla", "cluster", "v1", `${name}.proto`), "utf8");
      for (const [call] of proto.matchAll(/.*\n {2}rpc \w+/g)) expect(call).toMatch(/^ {2}\/\/ /);
      for (const [service] of proto.matchAll(/.*\nservice \w+/g)) expect(service).toMatch(/^\/\/ /);
    }
  });
});
