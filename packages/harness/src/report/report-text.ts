import type { ResultCounts } from "../checker/history-checker";
import type { FaultReport, RunReport, Spread } from "./run-report";

/** A report for people: verdict first, then what it rests on, then each fault in a line. */
export function reportText(report: RunReport): string {
  const { verdict } = report;
  return [
    `${report.passed ? "PASSED" : "FAILED"}: ${report.cluster}, ${report.brokers} brokers, ${report.zookeepers} ZooKeeper(s), ` +
      `load by ${report.libraries.join(", ")}, ${seconds(report.durationMs)}, seed ${report.seed}`,
    `sends ${counts(verdict.counts.send)}; polls ${counts(verdict.counts.poll)}; ` +
      `${verdict.acknowledgedValues} values acknowledged, ${verdict.polledRecords} records polled; ${report.topics} topic(s), ${report.elections} elections, ` +
      `${report.uncleanElections} of them unclean`,
    ...memory(report),
    ...report.problems.map((problem) => `problem: ${problem}`),
    ...anomalies(report),
    report.replicaDifferences.length === 0 ? "replicas: equal byte by byte" : "replicas differ:",
    ...report.replicaDifferences.map(({ partition, what }) => `  ${partition}: ${what}`),
    ...tally("errors that clients met", verdict.errors),
    ...tally("errors that the probe met", report.probeErrors),
    ...gaps(report),
    ...(report.faults.length === 0 ? [] : ["", "faults, and the longest time without an acknowledged write in each:"]),
    ...report.faults.map(faultLine),
    "",
  ].join("\n");
}

function memory({ memoryPeaks }: RunReport): string[] {
  const peaks = Object.entries(memoryPeaks);
  if (peaks.length === 0) return [];
  return [`memory at most: ${peaks.map(([id, mib]) => `broker ${id} ${mib} MiB`).join(", ")}`];
}

function counts({ ok, fail, info }: ResultCounts): string {
  return `${ok} ok, ${fail} failed, ${info} unknown`;
}

function anomalies({ verdict }: RunReport): string[] {
  if (verdict.anomalies.length === 0) return ["anomalies: none"];
  return [
    "anomalies:",
    ...verdict.anomalies.flatMap(({ name, count, forbidden, examples }) => [
      `  ${name}: ${count}${forbidden === 0 ? ", all allowed by the clients' settings" : `, ${forbidden} forbidden`}`,
      ...examples.slice(0, 3).map(({ what }) => `    ${what}`),
    ]),
  ];
}

function tally(title: string, errors: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(errors).sort(([, a], [, b]) => b - a);
  if (entries.length === 0) return [];
  return [`${title}:`, ...entries.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)];
}

function gaps({ gaps: sorts, libraries }: RunReport): string[] {
  if (sorts.length === 0) return [];
  const columns = ["fault", "times", "probe: median/worst", "healing", ...libraries];
  const rows = sorts.map((sort) => [
    sort.faults,
    String(sort.count),
    spread(sort.probe),
    sort.neverWhole > 0 ? `never whole: ${sort.neverWhole}` : spread(sort.healing),
    ...libraries.map((library) => {
      const own = sort.libraries[library];
      return own === undefined ? "" : spread(own);
    }),
  ]);
  return ["", ...table([columns, ...rows])];
}

function faultLine(fault: FaultReport): string {
  const back = fault.healedAfterMs === null ? "never back" : `back after ${seconds(fault.healedAfterMs)}`;
  const whole = fault.wholeAfterMs === null ? "never whole" : `whole after ${seconds(fault.wholeAfterMs)}`;
  const gap = fault.gapPartition === null ? "no gap" : `${Math.round(fault.gapMs)} ms (${fault.gapPartition})`;
  const who = `${fault.kind} ${fault.target} [${fault.nodes.join(", ")}]`;
  return `  ${String(fault.fault).padStart(3)}  at ${seconds(fault.atMs).padStart(8)}  ${who.padEnd(32)} ${back}, ${whole}, ${gap}`;
}

const spread = ({ medianMs, worstMs }: Spread): string => `${Math.round(medianMs)} / ${Math.round(worstMs)} ms`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
}
