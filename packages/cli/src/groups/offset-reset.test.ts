import type { Admin, OffsetQuery } from "@ottla/client";
import { type OptionTable, parseOptions } from "../options/option-table";
import { newOffsets, RESET_TARGETS } from "./offset-reset";

const TABLE: OptionTable = {
  command: "reset",
  summary: "",
  example: "",
  groups: [
    {
      title: "",
      options: RESET_TARGETS.map((name) =>
        ["to-offset", "shift-by", "to-datetime"].includes(name) ? { name, value: "v", help: "" } : { name, help: "" },
      ),
    },
  ],
};

/** Two partitions: 10 to 100, committed 40; 0 to 50, nothing committed. */
const SCOPE = [
  { topic: "t", partition: 0 },
  { topic: "t", partition: 1 },
];
const COMMITTED = [{ topic: "t", partition: 0, offset: 40, leaderEpoch: -1, metadata: "" }];
const admin = {
  listOffsets: (queries: readonly OffsetQuery[]) =>
    Promise.resolve(
      queries.map(({ topic, partition, spec }) => {
        const [earliest, latest, since] = partition === 0 ? [10, 100, 60] : [0, 50, -1];
        const offset = spec === "earliest" ? earliest : spec === "latest" ? latest : since;
        return { topic, partition, offset, timestamp: -1, leaderEpoch: -1 };
      }),
    ),
} as unknown as Admin;

async function reset(argv: readonly string[], scope = SCOPE): Promise<{ offsets: number[]; warnings: number }> {
  const warnings: string[] = [];
  const offsets = await newOffsets(parseOptions(TABLE, argv), admin, scope, COMMITTED, (line) => warnings.push(line));
  return { offsets: offsets.map(({ offset }) => offset), warnings: warnings.length };
}

describe("a reset of offsets", () => {
  const rows: [string[], number[], number][] = [
    [["--to-earliest"], [10, 0], 0],
    [["--to-latest"], [100, 50], 0],
    [["--to-current"], [40, 50], 0],
    [["--to-offset", "70"], [70, 50], 1],
    [["--to-offset", "5"], [10, 5], 1],
    [["--to-datetime", "2026-01-01T00:00:00.000"], [60, 50], 0],
  ];
  it.each(rows)("%s", async (argv, offsets, warnings) => {
    expect(await reset(argv)).toEqual({ offsets, warnings });
  });

  it("shifts what is committed, back too, and refuses where nothing is", async () => {
    expect(await reset(["--shift-by", "-5"], SCOPE.slice(0, 1))).toEqual({ offsets: [35], warnings: 0 });
    expect(await reset(["--shift-by", "-50"], SCOPE.slice(0, 1))).toEqual({ offsets: [10], warnings: 1 });
    await expect(reset(["--shift-by", "1"])).rejects.toThrow("there is no current committed offset");
  });

  it("goes to exactly one place", async () => {
    await expect(reset(["--to-earliest", "--to-latest"])).rejects.toThrow("Exactly one of");
    await expect(reset([])).rejects.toThrow("Exactly one of");
  });
});
