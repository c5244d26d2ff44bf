import { invariant } from "@ottla/runtime";

/** Where a follower's log stands. */
export interface FollowerPlace {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  /** Leader epoch of the last batch; null when the log holds none. */
  readonly lastEpoch: number | null;
  /** Where an epoch, or the greatest below it, ends in this log. */
  endOffsetFor(epoch: number): { readonly epoch: number; readonly endOffset: number };
}

/** How it stands with the leader's stream. */
export type FollowerState =
  /** No stream: nothing is asked, nothing comes. */
  | { readonly kind: "detached" }
  /** The leader has been asked; what comes under an earlier attach is nobody's. */
  | { readonly kind: "asking"; readonly attempt: number }
  /** The leader confirmed that our log is a prefix of its own; it pushes from our log end on. */
  | { readonly kind: "attached"; readonly attempt: number; readonly attachId: number }
  /** To be asked again, once the log has been cut or some time has passed. */
  | { readonly kind: "pausing" }
  /** The log knows a later leader epoch than the controller: it would have to lie to go on (rule 12). */
  | { readonly kind: "stopped" };

/** What to ask the leader with. */
export interface AttachQuestion {
  readonly attempt: number;
  readonly leaderEpoch: number;
  readonly logEndOffset: number;
  readonly lastEpoch: number;
  readonly logStartOffset: number;
}

/** The leader's answer, as the machine needs it. */
export type LeaderAnswer = { readonly attempt: number } & (
  | { readonly outcome: "attached"; readonly attachId: number }
  | { readonly outcome: "diverged"; readonly epoch: number; readonly endOffset: number }
  | { readonly outcome: "restart"; readonly logStartOffset: number }
  | { readonly outcome: "fenced" }
  | { readonly outcome: "refused" }
);

/**
 * What the shell must do after an answer.
 *
 * - nothing: an answer to an earlier question, or the leader knows of a later epoch: the controller's word will come
 * - attached: take its high watermark
 * - truncate: cut the log, and ask again when that has settled; `isBelowHighWatermark` is to be reported loudly (rule 9)
 * - restart: drop the whole log and begin anew at `offset`
 * - askLater: ask again after a pause
 */
export type AnswerEffect =
  | { readonly kind: "nothing" | "attached" | "askLater" }
  | { readonly kind: "truncate" | "restart"; readonly offset: number; readonly isBelowHighWatermark: boolean };

/** Whether a push, or word of the leader's progress, is for the attach that stands (rule 3). */
export interface PushHeader {
  readonly attachId: number;
  readonly leaderEpoch: number;
}

/**
 * One replica that follows, in one leader epoch: whom, and how far the two have agreed.
 *
 * It owns its state and touches nothing else. The log is cut by the leader's answer alone, before anything is appended or acknowledged
 * under this epoch (rule 9); whatever comes under an attach that is not the current one has no effect.
 */
export class PartitionFollower {
  private current: FollowerState = { kind: "detached" };
  private lastAttempt: number;
  /** Log end at which the last push was damaged: once may be an accident. */
  private damagedAt = -1;

  constructor(
    /** Broker that leads; -1 when nobody does. */
    readonly leader: number,
    readonly leaderEpoch: number,
    public partitionEpoch: number,
    public isr: readonly number[],
    public replicas: readonly number[],
    /** Of the roles before: an answer to an attempt of theirs must not be taken for one of ours. */
    attemptsBefore = 0,
  ) {
    this.lastAttempt = attemptsBefore;
  }

  get state(): FollowerState {
    return this.current;
  }
  get attempts(): number {
    return this.lastAttempt;
  }

  /** Same leader epoch, newer ISR. */
  onIsr(isr: readonly number[], replicas: readonly number[], partitionEpoch: number): void {
    if (partitionEpoch <= this.partitionEpoch) return;
    this.isr = isr;
    this.replicas = replicas;
    this.partitionEpoch = partitionEpoch;
  }

  /**
   * Asks the leader, over a stream that stands. Whatever stood before is over.
   *
   * @returns null when it must not: the log holds a later epoch than the one offered
   */
  ask(place: FollowerPlace): AttachQuestion | null {
    if (place.lastEpoch !== null && place.lastEpoch > this.leaderEpoch) {
      this.current = { kind: "stopped" };
      return null;
    }
    this.lastAttempt = (this.lastAttempt + 1) % ATTEMPTS;
    this.current = { kind: "asking", attempt: this.lastAttempt };
    return {
      attempt: this.lastAttempt,
      leaderEpoch: this.leaderEpoch,
      logEndOffset: place.logEndOffset,
      lastEpoch: place.lastEpoch ?? -1,
      logStartOffset: place.logStartOffset,
    };
  }

  /** The stream is gone, or the role ends: nothing is carried over (rule 12). */
  onDetached(): void {
    if (this.current.kind !== "stopped") this.current = { kind: "detached" };
  }

  /** Takes the leader's answer. One to the attempt that is attached already means that the leader has dropped it. */
  onAnswer(answer: LeaderAnswer, place: FollowerPlace): AnswerEffect {
    const { current } = this;
    const isCurrent = current.kind === "asking" || current.kind === "attached";
    if (!isCurrent || current.attempt !== answer.attempt) return NOTHING;
    switch (answer.outcome) {
      case "attached":
        this.current = { kind: "attached", attempt: answer.attempt, attachId: answer.attachId };
        return { kind: "attached" };
      case "fenced":
        this.current = { kind: "pausing" };
        return NOTHING;
      case "refused":
        this.current = { kind: "pausing" };
        return { kind: "askLater" };
      case "restart":
        this.current = { kind: "pausing" };
        return { kind: "restart", offset: answer.logStartOffset, isBelowHighWatermark: false };
      case "diverged":
        this.current = { kind: "pausing" };
        return cutFor(answer, place);
    }
  }

  /**
   * Judges a push before any of it is appended (rules 6, 7). Contiguity is judged by `from`: a compacted log has gaps.
   *
   * - stale: of an attach or epoch that is not current; it has no effect
   * - wrong: it does not continue our log; the attach is over, ask again
   */
  judgePush(push: PushHeader & { readonly from: number }, logEndOffset: number): "append" | "stale" | "wrong" {
    if (!this.isCurrent(push)) return "stale";
    if (push.from === logEndOffset) return "append";
    this.current = { kind: "pausing" };
    return "wrong";
  }

  /** What was pushed could not follow our log, or is damaged. The second time in the same place it is not asked for at once. */
  onPushRefused(logEndOffset: number): "askAgain" | "askLater" {
    const isRepeated = this.damagedAt === logEndOffset;
    this.damagedAt = logEndOffset;
    this.current = { kind: "pausing" };
    return isRepeated ? "askLater" : "askAgain";
  }

  /** Whether something the leader says belongs to the attach that stands. */
  isCurrent({ attachId, leaderEpoch }: PushHeader): boolean {
    return this.current.kind === "attached" && this.current.attachId === attachId && leaderEpoch === this.leaderEpoch;
  }
}

/** Rule 33: a follower's high watermark follows the leader's as far as its own log reaches; only truncation lowers it. */
export function followerHighWatermark(own: number, received: number, logEndOffset: number): number {
  return Math.max(own, Math.min(received, logEndOffset));
}

/**
 * Where to cut a log that differs from the leader's (KIP-279): at the end of the last epoch that both know, or one epoch further back,
 * to ask once more. It gets shorter each time, so this ends.
 */
export function cutFor(
  answer: { readonly epoch: number; readonly endOffset: number },
  place: FollowerPlace,
): AnswerEffect {
  if (answer.epoch < 0 || answer.endOffset < 0) return { kind: "askLater" };
  const own = place.endOffsetFor(answer.epoch);
  invariant(own.endOffset >= 0, () => `a log with epochs knows none at or below ${answer.epoch}`);
  const commonEnd = own.epoch === answer.epoch ? Math.min(own.endOffset, answer.endOffset) : own.endOffset;
  const offset = Math.min(commonEnd, place.logEndOffset);
  if (offset >= place.logEndOffset) return { kind: "askLater" };
  return { kind: "truncate", offset, isBelowHighWatermark: offset < place.highWatermark };
}

const NOTHING: AnswerEffect = { kind: "nothing" };
/** Attempts are numbers of 32 bits on the wire. */
const ATTEMPTS = 2 ** 32;
