import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@ottla/harness";
import { mutants } from "./catalogue";
import { applyPatch } from "./mutant";

describe("each mutant", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s fits the built sources", (_, { patches }) => {
    const changed = new Map<string, string>();
    for (const patch of patches) {
      const source = changed.get(patch.file) ?? readFileSync(join(repositoryRoot, "packages", patch.file), "utf8");
      changed.set(patch.file, applyPatch(source, patch));
    }
    expect(changed.size).toBeGreaterThan(0);
  });
});
