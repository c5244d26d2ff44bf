import { readFileSync } from "node:fs";
import { join } from "node:path";
import { handlers } from "./table";

const PAGE = join(__dirname, "../../../../docs/compatibility.md");

describe("docs/compatibility.md", () => {
  it("lists the APIs that are advertised, with the versions that are served", () => {
    const rows = [...readFileSync(PAGE, "utf8").matchAll(/^\| (\d+) \| (\w+) \| (\d+)(?:-(\d+))? \|$/gm)];
    const listed = rows.map(([, key, name, lowest, highest]) => [
      Number(key),
      name,
      [Number(lowest), Number(highest ?? lowest)],
    ]);
    const advertised = handlers
      .filter((handler) => handler.advertised)
      .map(({ api, versions }) => [api.key, api.name, [...versions]])
      .toSorted(([a], [b]) => Number(a) - Number(b));
    expect(listed).toEqual(advertised);
  });
});
