import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { SimulatedClock, silentLogger, systemClock } from "@ottla/runtime";
import { thisMachine } from "./machine";

const onLinux = process.platform === "linux" ? describe : describe.skip;

const startTimeOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
};

onLinux("a process of this machine", () => {
  it("has not ended while it runs, and has once it is gone", async () => {
    const machine = await thisMachine({ clock: systemClock, logger: silentLogger });
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
    const machine = await thisMachine({ clock: systemClock, logger: silentLogger });
    expect(await machine.hasEnded({ pid: process.pid, startTime: "1" })).toBe(true);
    expect(await machine.hasEnded({ pid: process.pid, startTime: machine.startTime ?? "" })).toBe(false);
  });
});

describe("the name under which clients are told to come", () => {
  function looked(resolve: (name: string) => Promise<unknown>) {
    const clock = new SimulatedClock();
    const warn = jest.fn();
    return { clock, warn, machine: thisMachine({ clock, logger: { ...silentLogger, warn }, resolve }) };
  }

  it("is the machine's own where that can be resolved", async () => {
    const { warn, machine } = looked(() => Promise.resolve());
    expect((await machine).hostName).toBe(hostname());
    expect(warn).not.toHaveBeenCalled();
  });

  it("is localhost, with a warning, when it cannot be", async () => {
    const { warn, machine } = looked(() => Promise.reject(new Error("ENOTFOUND")));
    expect((await machine).hostName).toBe("localhost");
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("is localhost when no name server says anything for a second: a start does not wait longer", async () => {
    const { clock, warn, machine } = looked(() => new Promise(() => {}));
    await clock.advanceAsync(1000);
    expect((await machine).hostName).toBe("localhost");
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
