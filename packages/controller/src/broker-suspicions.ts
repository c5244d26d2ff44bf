import type { InvariantViolation, Timer } from "@ottla/runtime";
import type { AnsweredIncarnations } from "./answered-incarnations";
import type { BrokerProbe } from "./broker-probe";
import type { LiveBroker } from "./cluster-state";
import type { DeposingEvidence } from "./controller-watch";
import { type Judgement, maySuspect } from "./decisions/evidence";
import { type HoldDown, holdDownOnReturn, holdDownOnSuspicion, isHeldDown } from "./decisions/hold-down";
import type { TermContext } from "./term-context";
import { Vigil } from "./vigil";

const GRACE_MS = 2_000;

export interface BrokerSuspicionsOptions {
  readonly probe: BrokerProbe | undefined;
  readonly answered: AnsweredIncarnations;
  /** What was known of the deposed predecessor: without it a second grace would follow the one that deposing took. */
  readonly evidence: DeposingEvidence | null;
  /** Told when there is evidence to be judged. */
  readonly onEvidence: () => void;
  /** Told when a broker that was suspected may have its preferred leaderships again. */
  readonly onHoldDownEnd: () => void;
  readonly onBug: (failure: InvariantViolation) => void;
}

/**
 * Registered brokers without a session, and whether they are to be taken for dead before ZooKeeper says so.
 *
 * @see replication rules 39 to 43
 */
export class BrokerSuspicions {
  private readonly vigils = new Map<number, Vigil>();
  private readonly timers = new Set<Timer>();
  private readonly holdDowns = new Map<number, HoldDown>();
  private evidence: DeposingEvidence | null;

  constructor(
    private readonly term: TermContext,
    private readonly options: BrokerSuspicionsOptions,
  ) {
    this.evidence = options.evidence;
  }

  /** Brings the vigils in line with who is registered and who has a session. */
  review(): void {
    const { state } = this.term;
    for (const [id, vigil] of this.vigils) {
      const broker = state.brokers.get(id);
      const stands = broker?.info.epoch === vigil.target.brokerEpoch && !state.isConnected(id);
      if (stands) continue;
      vigil.end();
      this.vigils.delete(id);
    }
    for (const broker of state.brokers.values()) {
      if (!state.isConnected(broker.info.id) && !this.vigils.has(broker.info.id)) this.watch(broker);
    }
  }

  /** A broker has opened its session: it is not suspected any more. */
  returned(brokerId: number): void {
    const { state, clock, logger, signal } = this.term;
    this.vigils.get(brokerId)?.end();
    this.vigils.delete(brokerId);
    const wasSuspected = state.suspected.delete(brokerId);
    const holdDown = this.holdDowns.get(brokerId);
    if (holdDown === undefined || holdDown.untilMs !== null) return;
    this.holdDowns.set(brokerId, holdDownOnReturn(holdDown, clock.monotonicMs()));
    if (wasSuspected) {
      logger.info("a suspected broker is back", { broker: brokerId, leadershipsAfterMs: holdDown.lengthMs });
    }
    if (signal.aborted) return;
    const timer = clock.setTimer(
      holdDown.lengthMs,
      () => {
        this.timers.delete(timer);
        this.options.onHoldDownEnd();
      },
      { background: true },
    );
    this.timers.add(timer);
  }

  /**
   * Judges the evidence as it stands now (rule 41).
   *
   * @returns brokers that are suspected from now on
   */
  judge(): number[] {
    const { state, clock, logger } = this.term;
    const suspects: number[] = [];
    for (const [id, vigil] of this.vigils) {
      const broker = state.brokers.get(id);
      if (broker?.info.epoch !== vigil.target.brokerEpoch || state.isConnected(id) || state.isSuspected(id)) continue;
      const ground = {
        evidence: vigil.judgement,
        registered: state.brokers.size,
        connected: state.connectedCount(),
      };
      if (!maySuspect(ground)) continue;
      state.note(state.suspected, id);
      this.holdDowns.set(id, holdDownOnSuspicion(this.holdDowns.get(id), clock.monotonicMs()));
      const { found, proof } = vigil.judgement;
      logger.warn("a broker is taken for dead before its session ends", {
        broker: id,
        found,
        proof,
        ...connectedOf(ground),
      });
      suspects.push(id);
    }
    return suspects;
  }

  /** Whether preferred leaderships must not go to this broker yet. */
  isHeldDown(brokerId: number): boolean {
    return isHeldDown(this.holdDowns.get(brokerId), this.term.clock.monotonicMs());
  }

  /** The process has stood still: what it saw before is void. */
  dropEvidence(): void {
    this.evidence = null;
    for (const vigil of this.vigils.values()) vigil.dropEvidence();
  }

  endAll(): void {
    for (const vigil of this.vigils.values()) vigil.end();
    this.vigils.clear();
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private watch({ info, registration }: LiveBroker): void {
    const { probe, answered, onEvidence, onBug } = this.options;
    if (probe === undefined || this.term.signal.aborted) return;
    const vigil = Vigil.begin({
      probe,
      answered,
      clock: this.term.clock,
      target: { brokerId: info.id, brokerEpoch: info.epoch, registration },
      graceMs: () => this.term.config.suspectTimeoutMs ?? GRACE_MS,
      onJudged: ({ found }) => {
        if (found === "gone" || found === "silent") onEvidence();
      },
      onBug,
      known: this.knownOf(info.epoch),
    });
    this.vigils.set(info.id, vigil);
  }

  private knownOf(brokerEpoch: bigint): Judgement | undefined {
    const { evidence } = this;
    if (evidence === null || evidence.brokerEpoch !== brokerEpoch) return undefined;
    return this.term.clock.monotonicMs() <= evidence.untilMs ? evidence.judgement : undefined;
  }
}

function connectedOf({ registered, connected }: { readonly registered: number; readonly connected: number }) {
  return { registered, connected };
}
