import { type Clock, InvariantViolation, sleep } from "@ottla/runtime";
import type { AnsweredIncarnations } from "./answered-incarnations";
import type { BrokerProbe, ProbeTarget } from "./broker-probe";
import { type Judgement, judgeFinding, NO_EVIDENCE } from "./decisions/evidence";
import { timeLimit, unlessAborted } from "./time-limit";

const AGAIN_MS_MIN = 50;
const AGAIN_MS_MAX = 500;
/** A probe that takes longer is given up. */
const PROBE_MS_MAX = 1_500;
/** A timer that is later than this means that the process stood still: whatever it saw before is void (rule 31). */
const PAUSE_MS = 500;

export interface VigilOptions {
  readonly probe: BrokerProbe;
  readonly answered: AnsweredIncarnations;
  readonly clock: Clock;
  readonly target: ProbeTarget;
  /** How long a silence must last; read at each finding. */
  readonly graceMs: () => number;
  /** Told after each finding that changed the judgement, and after each that speaks of death: who could not act before may now. */
  readonly onJudged: (judgement: Judgement) => void;
  /** What this process had found out about the target until a moment ago; nothing by default. */
  readonly known?: Judgement;
  /** Told of a bug in the probe. */
  readonly onBug: (failure: InvariantViolation) => void;
}

/** Looks again and again whether a registered process lives, and says what that amounts to. Runs until `end`. */
export class Vigil {
  private state: Judgement;
  private readonly ending = new AbortController();
  /** Raised whenever evidence is dropped: a probe under way counts no more. */
  private era = 0;

  private constructor(private readonly options: VigilOptions) {
    this.state = options.known ?? NO_EVIDENCE;
  }

  static begin(options: VigilOptions): Vigil {
    const vigil = new Vigil(options);
    void vigil.watch();
    return vigil;
  }

  get target(): ProbeTarget {
    return this.options.target;
  }

  get judgement(): Judgement {
    return this.state;
  }

  /** Forgets what was found, and goes on looking. */
  dropEvidence(): void {
    this.era++;
    this.state = NO_EVIDENCE;
  }

  end(): void {
    this.ending.abort("nobody wants to know any more");
    this.state = NO_EVIDENCE;
  }

  private async watch(): Promise<void> {
    const { clock } = this.options;
    const { signal } = this.ending;
    let pauseMs = AGAIN_MS_MIN;
    while (!signal.aborted) {
      await this.look();
      if (signal.aborted) return;
      const dueMs = clock.monotonicMs() + pauseMs;
      try {
        await sleep(clock, pauseMs, signal);
      } catch {
        // Only `end` wakes the sleeper early.
        return;
      }
      if (clock.monotonicMs() > dueMs + PAUSE_MS) this.dropEvidence();
      pauseMs = Math.min(pauseMs * 2, AGAIN_MS_MAX);
    }
  }

  private async look(): Promise<void> {
    const { probe, clock, target, answered, graceMs } = this.options;
    const { era } = this;
    const beganMs = clock.monotonicMs();
    const limit = timeLimit(clock, PROBE_MS_MAX, this.ending.signal);
    const finding = await unlessAborted(probe.probe(target, limit.signal), limit.signal).catch((failure: unknown) => {
      if (failure instanceof InvariantViolation) this.options.onBug(failure);
      // A probe that does not settle, or that fails, has found nothing out.
      return { kind: "hung" } as const;
    });
    limit.end();
    const nowMs = clock.monotonicMs();
    if (this.ending.signal.aborted) return;
    if (nowMs - beganMs > PROBE_MS_MAX + PAUSE_MS) this.dropEvidence();
    if (era !== this.era) return;
    if (finding.kind === "alive") answered.add(finding);
    const { ottla } = target.registration;
    const before = this.state;
    this.state = judgeFinding(before, finding, beganMs, nowMs, {
      brokerId: target.brokerId,
      brokerEpoch: target.brokerEpoch,
      incarnation: ottla?.incarnation ?? null,
      directories: ottla?.directories ?? [],
      answeredBefore: ottla !== null && answered.has({ brokerId: target.brokerId, incarnation: ottla.incarnation }),
      graceMs: graceMs(),
    });
    if (this.state.found !== "unknown" || before.found !== "unknown") this.options.onJudged(this.state);
  }
}
