import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../../../..");
const rows = readFileSync(join(root, "docs/attacks.md"), "utf8")
  .split("\n")
  .map((line) => /^\| ([a-z0-9-]+) \| (`.*`) \|$/.exec(line))
  .flatMap((found) => (found === null ? [] : [[found[1] ?? "", (found[2] ?? "").match(/[^`, ]+/g) ?? []] as const]));

describe("the table of attacks", () => {
  it("lists each attack once, and all sixty of them", () => {
    expect(new Set(rows.map(([name]) => name)).size).toBe(60);
    expect(rows).toHaveLength(60);
  });

  it.each(rows)("%s is played where it says", (name, files) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(readFileSync(join(root, file), "utf8")).toContain(name);
  });
});
