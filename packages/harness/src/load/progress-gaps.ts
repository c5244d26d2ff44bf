/** Finds, in each of many series of successes, how long it had none. */
export class ProgressGaps {
  private readonly shortestMs: number;
  private readonly mayEnd: boolean;
  private readonly series = new Map<string, { lastMs: number; readonly gaps: Gap[] }>();

  /**
   * @param options.shortestMs gaps below that are not kept; 20 by default
   * @param options.mayEnd whether a series may end for good reason, as that of a key which nobody writes to any more: then what comes
   *   after its last success is no gap
   */
  constructor(options: { readonly shortestMs?: number; readonly mayEnd?: boolean } = {}) {
    this.shortestMs = options.shortestMs ?? 20;
    this.mayEnd = options.mayEnd ?? false;
  }

  /** Begins a series, if it has not begun: from then on success is waited for. */
  begin(name: string, timeMs: number): void {
    if (!this.series.has(name)) this.mark(name, timeMs);
  }

  /** A success; the first one of a series begins it, too. */
  mark(name: string, timeMs: number): void {
    const series = this.series.get(name);
    if (series === undefined) {
      this.series.set(name, { lastMs: timeMs, gaps: [] });
      return;
    }
    if (timeMs - series.lastMs >= this.shortestMs)
      series.gaps.push({ series: name, fromMs: series.lastMs, toMs: timeMs });
    series.lastMs = Math.max(series.lastMs, timeMs);
  }

  /**
   * The longest time without success, of any series, among the gaps whose middle lies in the interval: so that each gap counts whole, and
   * for one interval alone, where intervals follow each other. A gap that is still open lasts until `toMs`.
   *
   * @returns null when no series had a gap worth keeping
   */
  longest(fromMs: number, toMs: number, of: (series: string) => boolean = () => true): Gap | null {
    let longest: Gap | null = null;
    const consider = (gap: Gap) => {
      const middleMs = (gap.fromMs + gap.toMs) / 2;
      if (middleMs < fromMs || middleMs >= toMs) return;
      if (longest === null || length(gap) > length(longest)) longest = gap;
    };
    for (const [name, { lastMs, gaps }] of this.series) {
      if (!of(name)) continue;
      for (const gap of gaps) consider(gap);
      if (!this.mayEnd && toMs - lastMs >= this.shortestMs) consider({ series: name, fromMs: lastMs, toMs });
    }
    return longest;
  }
}

export interface Gap {
  readonly series: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const length = ({ fromMs, toMs }: Gap): number => toMs - fromMs;
