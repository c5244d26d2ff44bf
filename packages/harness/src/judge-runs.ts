import type { AnomalyName, FoundAnomaly } from "./checker/anomaly";
import type { ResultCounts, Verdict } from "./checker/history-checker";
import type { NemesisEvent } from "./history/nemesis-event";
import { judgeRun } from "./judge-run";

export interface JudgedFolder {
  readonly folder: string;
  readonly verdict: Verdict;
  /** Faults that were carried out, by kind; each of those that came together counts. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Judges what several runs left, each by itself: they share no keys. */
export async function judgeRuns(folders: readonly string[]): Promise<JudgedFolder[]> {
  const judged: JudgedFolder[] = [];
  // One at a time: a history of an hour takes memory.
  for (const folder of folders) {
    const { verdict, nemesis } = await judgeRun(folder);
    const faults: Record<string, number> = {};
    for (const kind of nemesis.flatMap(kindsHit)) faults[kind] = (faults[kind] ?? 0) + 1;
    judged.push({ folder, verdict, faults });
  }
  return judged;
}

/** `kill & isolate (refused)` is a kill and an isolation. */
const kindsHit = ({ phase, kind }: NemesisEvent): string[] =>
  phase === "hit" ? kind.split(" & ").map((one) => one.replace(" (refused)", "")) : [];

/** All of them together, for people. */
export function judgementText(runs: readonly JudgedFolder[]): string {
  const verdicts = runs.map(({ verdict }) => verdict);
  const total = (of: (verdict: Verdict) => number): number => verdicts.reduce((sum, verdict) => sum + of(verdict), 0);
  const counts = (of: (verdict: Verdict) => ResultCounts): string =>
    `${total((v) => of(v).ok)} ok, ${total((v) => of(v).fail)} failed, ${total((v) => of(v).info)} unknown`;
  const broken = runs.filter(({ verdict }) => !verdict.ok);
  return [
    `${broken.length === 0 ? "KEPT" : "BROKEN"}: ${runs.length} history(s)${broken.map(({ folder }) => `, broken in ${folder}`).join("")}`,
    `sends ${counts(({ counts: { send } }) => send)}; polls ${counts(({ counts: { poll } }) => poll)}; ` +
      `${total((v) => v.acknowledgedValues)} values acknowledged, ${total((v) => v.polledRecords)} records polled`,
    `faults: ${listed(summed(runs.map(({ faults }) => faults)))}`,
    ...anomalies(verdicts.flatMap((verdict) => verdict.anomalies)),
    ...Object.entries(summed(verdicts.map(({ errors }) => errors)))
      .sort(([, a], [, b]) => b - a)
      .map(([error, count]) => `  ${String(count).padStart(6)}  ${error}`),
    "",
  ].join("\n");
}

function anomalies(found: readonly FoundAnomaly[]): string[] {
  if (found.length === 0) return ["anomalies: none"];
  const names = [...new Set<AnomalyName>(found.map(({ name }) => name))];
  return names.map((name) => {
    const these = found.filter((one) => one.name === name);
    const sum = (of: (one: FoundAnomaly) => number): number => these.reduce((all, one) => all + of(one), 0);
    const example = these[0]?.examples[0]?.what ?? "";
    return `${name}: ${sum(({ count }) => count)}, ${sum(({ forbidden }) => forbidden)} forbidden; such as ${example}`;
  });
}

function summed(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const count of counts) for (const [key, n] of Object.entries(count)) sums[key] = (sums[key] ?? 0) + n;
  return sums;
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${count} x ${what}`)
    .join(", ") || "none";
