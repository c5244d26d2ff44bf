import { join } from "node:path";
import { HistoryChecker, type Verdict } from "./checker/history-checker";
import type { HistoryEvent } from "./history/history-event";
import type { NemesisEvent } from "./history/nemesis-event";
import { readLines } from "./history/read-lines";
import { ProgressGaps } from "./load/progress-gaps";

export const HISTORY_FILE = "history.jsonl";
export const NEMESIS_FILE = "nemesis.jsonl";

export interface JudgedRun {
  readonly verdict: Verdict;
  readonly nemesis: readonly NemesisEvent[];
  /** Acknowledged sends, by library and key. */
  readonly libraryGaps: ProgressGaps;
}

/** Reads what a run left in its folder and judges it; nothing else of the run is needed, so it can be done again at any time. */
export async function judgeRun(folder: string): Promise<JudgedRun> {
  const nemesis: NemesisEvent[] = [];
  for await (const event of readLines<NemesisEvent>(join(folder, NEMESIS_FILE))) nemesis.push(event);
  const healedAtMs = nemesis.filter(({ phase }) => phase !== "hit").at(-1)?.timeMs ?? 0;
  const checker = new HistoryChecker({ healedAtMs });
  // The load moves on to new keys.
  const libraryGaps = new ProgressGaps({ mayEnd: true });
  const libraries = new Map<string, string>();
  const keyOf = new Map<string, string>();
  for await (const event of readLines<HistoryEvent>(join(folder, HISTORY_FILE))) {
    checker.accept(event);
    if (event.type === "open") libraries.set(event.process, event.client);
    if (!("f" in event) || event.f !== "send") continue;
    const operation = `${event.process} ${event.op}`;
    if (event.type === "invoke") {
      keyOf.set(operation, event.key);
      libraryGaps.begin(`${libraries.get(event.process)} ${event.key}`, event.timeMs);
      continue;
    }
    const key = keyOf.get(operation);
    keyOf.delete(operation);
    if (event.type === "ok" && key !== undefined)
      libraryGaps.mark(`${libraries.get(event.process)} ${key}`, event.timeMs);
  }
  return { verdict: checker.verdict(), nemesis, libraryGaps };
}
