import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShiftedClocks } from "./shifted-clocks";

const withCompiler = ShiftedClocks.refusal() === null ? describe : describe.skip;

withCompiler("a process whose clock is set wrong (needs Linux and cc)", () => {
  const folder = mkdtempSync(join(tmpdir(), "ottla-clocks-"));
  const clocks = ShiftedClocks.start(folder, [1, 2]);
  afterAll(async () => {
    await clocks.close();
    rmSync(folder, { recursive: true });
  });

  it.each([3_600_000, -3_600_000, 1_500, 0])(
    "sees the time %d ms off, to the millisecond, and no other process does",
    (ms) => {
      clocks.shift(1, ms);
      const [before, shifted, right, after] = [Date.now(), clockOf(1), clockOf(2), Date.now()];
      expect(shifted - ms).toBeGreaterThanOrEqual(before - 1);
      expect(shifted - ms).toBeLessThanOrEqual(after + 1);
      expect(right).toBeGreaterThanOrEqual(before - 1);
      expect(right).toBeLessThanOrEqual(after + 1);
    },
  );

  it("keeps a monotonic clock that knows nothing of it", () => {
    clocks.shift(1, 3_600_000);
    const script = "process.stdout.write(String(process.hrtime.bigint() / 1000000n))";
    const monotonic = Number(execFileSync("node", ["-e", script], { env: environment(1), encoding: "utf8" }));
    expect(Math.abs(monotonic - Number(process.hrtime.bigint() / 1_000_000n))).toBeLessThan(60_000);
  });

  const environment = (brokerId: number) => ({ ...process.env, ...clocks.environment(brokerId) });
  const clockOf = (brokerId: number): number =>
    Number(
      execFileSync("node", ["-e", "process.stdout.write(String(Date.now()))"], {
        env: environment(brokerId),
        encoding: "utf8",
      }),
    );
});
