import { type Coordination, CoordinationError } from "@ottla/coordination";
import { type Clock, explain, InvariantViolation, type Logger } from "@ottla/runtime";
import type { AnsweredIncarnations } from "./answered-incarnations";
import type { BrokerPeers, ControllerIdentity, Evidence } from "./broker-peers";
import type { BrokerProbe } from "./broker-probe";
import type { HeldTerm } from "./contention";
import { type Judgement, mayDepose, speaksOfDeath } from "./decisions/evidence";
import { readStandingController, type StandingController, takeOver } from "./takeover";
import type { ControllerConfig } from "./term-context";
import { timeLimit, unlessAborted } from "./time-limit";
import { Vigil } from "./vigil";

const GRACE_MS = 2_000;
const PEERS_ANSWER_WITHIN_MS = 500;
/** A term that takes longer to begin finds everything out for itself. */
const EVIDENCE_STANDS_MS = 1_500;

/** What a broker knew of the controller that it deposed. */
export interface DeposingEvidence {
  /** czxid of the deposed controller's registration as a broker. */
  readonly brokerEpoch: bigint;
  readonly judgement: Judgement;
  /** Until when it may be built upon, monotonic. */
  readonly untilMs: number;
}

export interface ControllerWatchOptions {
  readonly coordination: Coordination;
  readonly brokerId: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: ControllerConfig;
  readonly probe: BrokerProbe | undefined;
  readonly peers: BrokerPeers | undefined;
  readonly answered: AnsweredIncarnations;
  /** Told when there is evidence to act on; the answer is a call of `depose`, one at a time. */
  readonly onEvidence: () => void;
  readonly onBug: (failure: InvariantViolation) => void;
}

/**
 * Whether this broker's controller still lives, on any broker: its session with it, and what is found out once that has broken. Answers
 * others who ask, and deposes when enough agree.
 *
 * @see replication rules 39, 44 to 47
 */
export class ControllerWatch {
  /** The controller that this broker has a session with. */
  private session: ControllerIdentity | null = null;
  /** The last controller that it had one with. */
  private hadSession: ControllerIdentity | null = null;
  private subject: { readonly standing: StandingController; readonly vigil: Vigil } | null = null;
  /** The controller says that it is without ZooKeeper. */
  private withoutZooKeeper: ControllerIdentity | null = null;
  private looking = false;
  private closed = false;

  constructor(private readonly options: ControllerWatchOptions) {}

  sessionOpened(about: ControllerIdentity): void {
    const { controllerId, incarnation } = about;
    if (incarnation !== "") this.options.answered.add({ brokerId: controllerId, incarnation });
    this.session = about;
    this.hadSession = about;
    this.withoutZooKeeper = null;
    this.stop();
  }

  sessionBroken(about: ControllerIdentity): void {
    if (this.session !== null && !isSame(this.session, about)) return;
    this.session = null;
    this.lookSoon();
  }

  saysWithoutZooKeeper(about: ControllerIdentity, sinceMs: number | null): void {
    const isLong = sinceMs !== null && sinceMs >= this.graceMs;
    this.withoutZooKeeper = isLong ? about : null;
    if (isLong) this.lookSoon();
  }

  /** Another controller stands, or none: what was found out concerns nobody any more. */
  controllerChanged(controllerId: number): void {
    if (this.session !== null && this.session.controllerId !== controllerId) this.session = null;
    if (this.subject !== null && this.subject.standing.about.controllerId !== controllerId) this.stop();
  }

  /** What this broker knows by itself. */
  evidenceAbout(about: ControllerIdentity): Evidence {
    if (this.withoutZooKeeper !== null && isSame(this.withoutZooKeeper, about))
      return { found: "silent", proof: false };
    if (this.session !== null && isSame(this.session, about)) return { found: "alive", proof: false };
    const { subject } = this;
    if (subject === null || !isSame(subject.standing.about, about)) {
      // Whoever asks has reason to; the answer will be there when it asks again.
      if (this.session === null) this.lookSoon();
      return { found: "unknown", proof: false };
    }
    const { found, proof } = subject.vigil.judgement;
    return { found, proof };
  }

  /** The process has stood still: what it saw before is void. */
  dropEvidence(): void {
    this.withoutZooKeeper = null;
    this.subject?.vigil.dropEvidence();
  }

  /**
   * Deposes the controller if the evidence, as it stands now, and the other brokers say so.
   *
   * @returns the term won, or null; with what was found out about the broker that held the duty, which is to lose its leaderships next
   */
  async depose(): Promise<(HeldTerm & { readonly evidence: DeposingEvidence | null }) | null> {
    const { coordination, brokerId, clock, logger, onEvidence } = this.options;
    if (this.closed || !speaksOfDeath(this.own())) return null;
    // Everything is read again: what was watched may be gone, and others may have come.
    const standing = await readStandingController(coordination);
    const before = this.aboutWhom();
    if (standing === null || standing.about.controllerId === brokerId || before === null) return null;
    if (!isSame(standing.about, before)) {
      this.stop();
      return null;
    }
    const own = this.own();
    const hadSession = this.hadSession !== null && isSame(this.hadSession, standing.about);
    const ground = { own, others: [], registered: standing.registered.length, hadSession };
    const others = mayDepose(ground) ? [] : await this.askOthers(standing);
    // It may have answered while the others were asked.
    if (this.closed || !speaksOfDeath(this.own()) || !mayDepose({ ...ground, others })) return null;
    logger.warn("the controller is taken for dead, this broker takes over", {
      ...standing.about,
      found: own.found,
      proof: own.proof,
      agreeing: others.filter(speaksOfDeath).length,
      registered: standing.registered.length,
    });
    const evidence = this.evidenceToBuildUpon();
    const held = await takeOver(coordination, brokerId, clock, standing);
    if (held === null) onEvidence();
    else this.stop();
    return held === null ? null : { ...held, evidence };
  }

  close(): void {
    this.closed = true;
    this.stop();
  }

  private get graceMs(): number {
    return this.options.config.suspectTimeoutMs ?? GRACE_MS;
  }

  private own(): Pick<Judgement, "found" | "proof"> {
    const about = this.aboutWhom();
    return about === null ? { found: "unknown", proof: false } : this.evidenceAbout(about);
  }

  private evidenceToBuildUpon(): DeposingEvidence | null {
    if (this.subject === null) return null;
    const { target, judgement } = this.subject.vigil;
    const untilMs = this.options.clock.monotonicMs() + EVIDENCE_STANDS_MS;
    return { brokerEpoch: target.brokerEpoch, judgement, untilMs };
  }

  private aboutWhom(): ControllerIdentity | null {
    return this.withoutZooKeeper ?? this.subject?.standing.about ?? null;
  }

  private stop(): void {
    this.subject?.vigil.end();
    this.subject = null;
  }

  /** Finds out whom there is to look for, and begins to. */
  private lookSoon(): void {
    if (this.looking || this.closed || this.options.probe === undefined) return;
    if (this.withoutZooKeeper !== null) {
      this.options.onEvidence();
      return;
    }
    this.looking = true;
    void this.look(this.options.probe)
      .catch((failure: unknown) => {
        if (failure instanceof InvariantViolation) this.options.onBug(failure);
        // Without the ensemble nobody is deposed; the broker dials the controller again and reports that it failed.
        else if (failure instanceof CoordinationError)
          this.options.logger.info("could not read who is controller", { failure: explain(failure) });
        else throw failure;
      })
      .finally(() => {
        this.looking = false;
      });
  }

  private async look(probe: BrokerProbe): Promise<void> {
    const { coordination, brokerId, answered, clock, onBug } = this.options;
    const standing = await readStandingController(coordination);
    if (this.closed || this.session !== null) return;
    if (standing === null || standing.target === null || standing.about.controllerId === brokerId) {
      this.stop();
      return;
    }
    if (this.subject?.vigil.target.brokerEpoch === standing.target.brokerEpoch) {
      if (isSame(this.subject.standing.about, standing.about)) return;
    }
    this.stop();
    const vigil = Vigil.begin({
      probe,
      answered,
      clock,
      onBug,
      target: standing.target,
      graceMs: () => this.graceMs,
      onJudged: (judgement) => {
        if (speaksOfDeath(judgement)) this.options.onEvidence();
      },
    });
    this.subject = { standing, vigil };
  }

  private async askOthers({ about, registered }: StandingController): Promise<Evidence[]> {
    const { peers, brokerId, clock } = this.options;
    if (peers === undefined) return [];
    const limit = timeLimit(clock, PEERS_ANSWER_WITHIN_MS, new AbortController().signal);
    const asked = registered.filter((id) => id !== brokerId && id !== about.controllerId);
    const answers = await Promise.all(
      asked.map((id) =>
        unlessAborted(peers.evidence(id, about, limit.signal), limit.signal).catch((failure: unknown): null => {
          if (failure instanceof InvariantViolation) this.options.onBug(failure);
          // Who cannot be asked has not agreed.
          return null;
        }),
      ),
    );
    limit.end();
    return answers.filter((answer) => answer !== null);
  }
}

/** An epoch of 0 means: whichever it is in. */
function isSame(a: ControllerIdentity, b: ControllerIdentity): boolean {
  if (a.controllerId !== b.controllerId) return false;
  return a.controllerEpoch === b.controllerEpoch || a.controllerEpoch === 0 || b.controllerEpoch === 0;
}
