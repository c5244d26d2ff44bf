import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { thisMachine } from "./machine";

const onLinux = process.platform === "linux" ? describe : describe.skip;

const startTimeOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
};

onLinux("a process of this machine", () => {
  it("has not ended while it runs, and has once it is gone", async () => {
    const machine = await thisMachine();
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const startTime = startTimeOf(pid);
    expect(await machine.hasEnded({ pid, startTime })).toBe(false);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(await machine.hasEnded({ pid, startTime })).toBe(true);
  });

  it("has ended when its number belongs to a process begun at another time", async () => {
    const machine = await thisMachine();
    expect(await machine.hasEnded({ pid: process.pid, startTime: "1" })).toBe(true);
    expect(await machine.hasEnded({ pid: process.pid, startTime: machine.startTime ?? "" })).toBe(false);
  });
});
