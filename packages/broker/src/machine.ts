import { lookup } from "node:dns/promises";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** What tells this process, and the kernel it runs under, from others (replication rule 50). */
export interface Machine {
  /** A name that clients on this machine can resolve. */
  readonly hostName: string;
  /** New with each boot; null where the system has none. */
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** When the process started, as the kernel counts it. */
  readonly startTime: string | null;
}

export async function thisMachine(): Promise<Machine> {
  const [hostName, bootId, pidNamespace, stat] = await Promise.all([
    resolvableName(),
    unlessAbsent(readFile("/proc/sys/kernel/random/boot_id", "utf8")),
    unlessAbsent(readlink("/proc/self/ns/pid")),
    unlessAbsent(readFile("/proc/self/stat", "utf8")),
  ]);
  return {
    hostName,
    bootId: bootId?.trim() ?? null,
    pidNamespace,
    pid: process.pid,
    // The second field is the command in parentheses, which may hold anything; the start time is the twentieth after it.
    startTime: stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null,
  };
}

/** A host name that nobody can resolve would be advertised to clients in vain. */
async function resolvableName(): Promise<string> {
  const name = hostname();
  try {
    await lookup(name);
    return name;
  } catch {
    return "localhost";
  }
}

async function unlessAbsent(reading: Promise<string>): Promise<string | null> {
  try {
    return await reading;
  } catch {
    // No /proc, as on macOS: the rules for a machine without a boot id apply.
    return null;
  }
}
