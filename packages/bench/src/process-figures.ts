import { readFileSync } from "node:fs";

/** Resident memory of a process, now or at most, megabytes. */
export function resident(pid: number, field: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const kilobytes = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1000;
}

/** User and system time of a process with all its threads, of which the kernel counts hundredths. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** One line of a report: the median of `values`, and their spread when there are several. */
export function say(what: string, values: readonly number[], unit: string, digits = 0): void {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(digits);
  const spread =
    sorted.length > 1
      ? ` (${sorted[0]?.toFixed(digits)} to ${sorted.at(-1)?.toFixed(digits)}, ${sorted.length} runs)`
      : "";
  process.stdout.write(`${what.padEnd(52)} ${middle} ${unit}${spread}\n`);
}
