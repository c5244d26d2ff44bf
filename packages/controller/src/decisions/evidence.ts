import type { ProbeFinding } from "../broker-probe";

/** What repeated probes of one registered process have come to. */
export interface Judgement {
  /**
   * - gone: it has ended
   * - silent: nothing has come from its addresses for the whole grace
   * - alive: it answers
   * - unknown: none of these can be said
   */
  readonly found: "gone" | "silent" | "alive" | "unknown";
  /** The kernel that ran it says that it has ended: no network can fake that. */
  readonly proof: boolean;
  /** Since when, on the monotonic clock, every probe met silence; null when the last one did not. */
  readonly silentSinceMs: number | null;
}

/** Nothing is known yet, or not any more. */
export const NO_EVIDENCE: Judgement = { found: "unknown", proof: false, silentSinceMs: null };

export interface ProbeGround {
  readonly brokerId: number;
  /** czxid of the registration. */
  readonly brokerEpoch: bigint;
  readonly incarnation: string | null;
  readonly directories: readonly string[];
  /** The registered incarnation has answered this process at its address before: only then does a refusal say anything. */
  readonly answeredBefore: boolean;
  readonly graceMs: number;
}

/**
 * Adds a finding to what was known (rule 39).
 *
 * @param beganMs when the probe began, monotonic
 */
export function judgeFinding(
  before: Judgement,
  finding: ProbeFinding,
  beganMs: number,
  nowMs: number,
  ground: ProbeGround,
): Judgement {
  switch (finding.kind) {
    case "gone":
      if (finding.proof) return { found: "gone", proof: true, silentSinceMs: null };
      return ground.answeredBefore ? { found: "gone", proof: false, silentSinceMs: null } : NO_EVIDENCE;
    case "silent": {
      // Whoever refused before and says nothing now has not come to life: a container that is killed loses its address a moment later.
      if (before.found === "gone") return { ...before, proof: false };
      const silentSinceMs = before.silentSinceMs ?? beganMs;
      const found = nowMs - silentSinceMs >= ground.graceMs ? "silent" : "unknown";
      return { found, proof: false, silentSinceMs };
    }
    case "hung":
      return NO_EVIDENCE;
    case "alive": {
      if (finding.brokerId !== ground.brokerId || ground.incarnation === null) return NO_EVIDENCE;
      if (finding.incarnation === ground.incarnation) return { found: "alive", proof: false, silentSinceMs: null };
      // A successor that holds the lock of the same directory; one with a lower epoch is a predecessor that has not ended yet.
      const successor = finding.brokerEpoch === -1n || finding.brokerEpoch > ground.brokerEpoch;
      const sameDirectory = finding.directories.some((id) => ground.directories.includes(id));
      return successor && sameDirectory ? { found: "gone", proof: false, silentSinceMs: null } : NO_EVIDENCE;
    }
  }
}

/** Whether the evidence says that the process is not there. */
export function speaksOfDeath({ found }: Pick<Judgement, "found">): boolean {
  return found === "gone" || found === "silent";
}

export interface SuspicionGround {
  readonly evidence: Pick<Judgement, "found" | "proof">;
  /** How many brokers are registered, the suspect and the asker among them. */
  readonly registered: number;
  /** How many of them the controller has a live session with, itself included. */
  readonly connected: number;
}

/**
 * Whether the controller may act on the evidence against a broker: with a majority of the registered brokers at its side, or with proof; or
 * when exactly two are registered and the other is gone (rule 40). A refusal can lie, and whoever is cut off from most others is more
 * likely to be the one that is cut off.
 */
export function maySuspect({ evidence, registered, connected }: SuspicionGround): boolean {
  if (!speaksOfDeath(evidence)) return false;
  if (evidence.proof || connected * 2 > registered) return true;
  return registered === 2 && evidence.found === "gone";
}

export interface DeposingGround {
  /** The asker's own evidence about the controller. */
  readonly own: Pick<Judgement, "found" | "proof">;
  /** That of each other broker that answered, the controller left out. */
  readonly others: readonly Pick<Judgement, "found" | "proof">[];
  readonly registered: number;
  /** The asker has had a session with the controller in this very term. */
  readonly hadSession: boolean;
}

/**
 * Whether a controller may be deposed: more than half of the registered brokers, the asker included, each found it gone or silent by itself,
 * or one of them has proof (rule 44). Of two brokers one may depose the other when that is gone, but only in a term in which they
 * had a session: two that refuse each other would otherwise depose in turn for ever (rule 45).
 */
export function mayDepose({ own, others, registered, hadSession }: DeposingGround): boolean {
  if (!speaksOfDeath(own)) return false;
  if (own.proof || others.some((one) => one.proof && speaksOfDeath(one))) return true;
  if (registered === 2) return own.found === "gone" && hadSession;
  return (1 + others.filter(speaksOfDeath).length) * 2 > registered;
}
