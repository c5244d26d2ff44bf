import { lookup } from "node:dns/promises";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { type Clock, explain, type Logger, withDeadline } from "@ottla/runtime";

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

  /**
   * Whether the kernel knows for certain that a process of this machine and pid namespace is no more, or is a zombie (replication rule 40).
   *
   * Never rejects; false where the kernel does not say.
   */
  hasEnded(process: { readonly pid: number; readonly startTime: string }): Promise<boolean>;
}

/** @param options.resolve finds the address of a name; the system's resolver by default */
export async function thisMachine(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resolve?: (name: string) => Promise<unknown>;
}): Promise<Machine> {
  const [hostName, bootId, pidNamespace, stat] = await Promise.all([
    resolvableName(options),
    unlessAbsent(readFile("/proc/sys/kernel/random/boot_id", "utf8")),
    unlessAbsent(readlink("/proc/self/ns/pid")),
    unlessAbsent(readFile("/proc/self/stat", "utf8")),
  ]);
  return {
    hostName,
    bootId: bootId?.trim() ?? null,
    pidNamespace,
    pid: process.pid,
    startTime: stat === null ? null : (fieldsOf(stat)[START_TIME] ?? null),
    hasEnded: (ended) => hasEnded(ended, stat !== null),
  };
}

async function hasEnded(
  { pid, startTime }: { readonly pid: number; readonly startTime: string },
  hasProc: boolean,
): Promise<boolean> {
  if (!hasProc) return false;
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // Gone before it was opened, or while it was read. Anything else says nothing.
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ESRCH";
  }
  const fields = fieldsOf(stat);
  const state = fields[STATE] ?? "";
  return state === "Z" || state === "X" || fields[START_TIME] !== startTime;
}

/** The second field is the command in parentheses, which may hold anything; these are the fields after it. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

const STATE = 0;
const START_TIME = 19;

/** A host name that nobody can resolve would be advertised to clients in vain. */
async function resolvableName({ clock, logger, resolve = lookup }: Parameters<typeof thisMachine>[0]): Promise<string> {
  const name = hostname();
  try {
    // The system's resolver asks each name server for seconds when none answers.
    await withDeadline(clock, LOOK_UP_MS, `the look-up of ${name}`, resolve(name));
    return name;
  } catch (error) {
    logger.warn("this machine's own name cannot be resolved: localhost stands for it", { name, error: explain(error) });
    return "localhost";
  }
}

const LOOK_UP_MS = 1000;

async function unlessAbsent(reading: Promise<string>): Promise<string | null> {
  try {
    return await reading;
  } catch {
    // No /proc, as on macOS: the rules for a machine without a boot id apply.
    return null;
  }
}
