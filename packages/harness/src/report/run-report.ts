import type { Verdict } from "../checker/history-checker";
import type { ReplicaDifference } from "../cluster/replica-equality";
import type { NemesisEvent } from "../history/nemesis-event";
import type { ProgressGaps } from "../load/progress-gaps";

/** What a run was, and what came of it: the whole of it as JSON, the most of it as text. */
export interface RunReport {
  readonly cluster: string;
  readonly brokers: number;
  readonly zookeepers: number;
  readonly seed: number;
  readonly libraries: readonly string[];
  readonly durationMs: number;
  /** Under load, the probe's not counted. */
  readonly topics: number;
  /** Changes of a leader that were seen. */
  readonly elections: number;
  /** Those that took a leader from outside of the ISR. */
  readonly uncleanElections: number;
  /** Resident memory of each broker at most, MiB. */
  readonly memoryPeaks: Readonly<Record<string, number>>;
  /** Nothing forbidden happened, everything was read, replicas are equal, and the run itself got to its end. */
  readonly passed: boolean;
  /** What went wrong apart from anomalies: a cluster that did not heal, a load that broke. */
  readonly problems: readonly string[];
  readonly verdict: Verdict;
  readonly replicaDifferences: readonly ReplicaDifference[];
  readonly faults: readonly FaultReport[];
  readonly gaps: readonly GapSummary[];
  /** Errors that the probe met. */
  readonly probeErrors: Readonly<Record<string, number>>;
}

export interface FaultReport {
  readonly fault: number;
  readonly kind: string;
  readonly target: string;
  readonly nodes: readonly (number | string)[];
  /** Since the run began. */
  readonly atMs: number;
  /** Until the processes were back; null when they never were. */
  readonly healedAfterMs: number | null;
  /** Until every replica was in sync again. */
  readonly wholeAfterMs: number | null;
  /** The longest time that the probe was not acknowledged, over all partitions; 0 when there was none to speak of. */
  readonly gapMs: number;
  readonly gapPartition: string | null;
  /** The same as each client library saw it. */
  readonly libraryGapsMs: Readonly<Record<string, number>>;
}

/** Gaps of all faults of one sort. */
export interface GapSummary {
  readonly faults: string;
  readonly count: number;
  readonly probe: Spread;
  /** From the end of the fault until every replica was in sync again. */
  readonly healing: Spread;
  /** How many never got there. */
  readonly neverWhole: number;
  readonly libraries: Readonly<Record<string, Spread>>;
}

export interface Spread {
  readonly medianMs: number;
  readonly worstMs: number;
}

export interface RunFacts
  extends Pick<
    RunReport,
    | "cluster"
    | "brokers"
    | "zookeepers"
    | "seed"
    | "topics"
    | "elections"
    | "uncleanElections"
    | "memoryPeaks"
    | "libraries"
    | "verdict"
    | "replicaDifferences"
    | "probeErrors"
  > {
  readonly startedAtMs: number;
  /** When the load ended, before the final reads. */
  readonly loadEndedAtMs: number;
  readonly problems: readonly string[];
  readonly nemesis: readonly NemesisEvent[];
  readonly probeGaps: ProgressGaps;
  /** Acknowledgements by library, whose name begins each series: `kafkajs load-0`. */
  readonly libraryGaps: ProgressGaps;
}

/** Puts a run's facts together. Pure. */
export function reportOn(facts: RunFacts): RunReport {
  const { startedAtMs, loadEndedAtMs, nemesis, problems, probeGaps: _, libraryGaps: __, ...rest } = facts;
  const hits = nemesis.filter(({ phase }) => phase === "hit");
  const faults = hits.map((hit, i) => faultReport(hit, hits[i + 1]?.timeMs ?? loadEndedAtMs, facts));
  return {
    ...rest,
    durationMs: loadEndedAtMs - startedAtMs,
    passed: facts.verdict.ok && problems.length === 0 && facts.replicaDifferences.length === 0,
    problems,
    faults,
    gaps: summaries(faults, facts.libraries),
  };
}

function faultReport(hit: NemesisEvent, untilMs: number, facts: RunFacts): FaultReport {
  const after = (phase: NemesisEvent["phase"]): number | null => {
    const event = facts.nemesis.find((one) => one.fault === hit.fault && one.phase === phase);
    return event === undefined ? null : event.timeMs - hit.timeMs;
  };
  const gap = facts.probeGaps.longest(hit.timeMs, untilMs);
  const libraryGapsMs = Object.fromEntries(
    facts.libraries.map((library) => {
      const longest = facts.libraryGaps.longest(hit.timeMs, untilMs, (series) => series.startsWith(`${library} `));
      return [library, longest === null ? 0 : longest.toMs - longest.fromMs];
    }),
  );
  return {
    fault: hit.fault,
    kind: hit.kind,
    target: hit.target,
    nodes: hit.nodes,
    atMs: hit.timeMs - facts.startedAtMs,
    healedAfterMs: after("healed"),
    wholeAfterMs: after("whole"),
    gapMs: gap === null ? 0 : gap.toMs - gap.fromMs,
    gapPartition: gap?.series ?? null,
    libraryGapsMs,
  };
}

function summaries(faults: readonly FaultReport[], libraries: readonly string[]): GapSummary[] {
  const sorts = [...new Set(faults.map(sortOf))];
  return sorts.map((sort) => {
    const these = faults.filter((fault) => sortOf(fault) === sort);
    return {
      faults: sort,
      count: these.length,
      probe: spread(these.map(({ gapMs }) => gapMs)),
      healing: spread(
        these.flatMap(({ healedAfterMs, wholeAfterMs }) =>
          healedAfterMs === null || wholeAfterMs === null ? [] : [wholeAfterMs - healedAfterMs],
        ),
      ),
      neverWhole: these.filter(({ wholeAfterMs }) => wholeAfterMs === null).length,
      libraries: Object.fromEntries(
        libraries.map((library) => [library, spread(these.map(({ libraryGapsMs }) => libraryGapsMs[library] ?? 0))]),
      ),
    };
  });
}

const sortOf = ({ kind, target }: FaultReport): string => `${kind} ${target}`;

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (i: number): number => sorted[i] ?? 0;
  return { medianMs: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, worstMs: sorted.at(-1) ?? 0 };
}
