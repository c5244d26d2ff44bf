import type { Push } from "@ottla/cluster-rpc";
import { DiskError } from "@ottla/runtime";
import type { ReadOutcome } from "@ottla/storage";
import type { Attachment } from "./attachment";
import type { PushBudget } from "./push-budget";
import type { PushWindow } from "./push-window";

/** Records of one partition in one message, at most, unless a single batch is larger (and the bound on one synchronous read). */
export const PUSH_BYTES_MAX = 256 * 1024;

/** A throttle that has anything left lets so much go: pushes of a few bytes would cost more than they hurry. */
const THROTTLED_PUSH_BYTES = 64 * 1024;

/**
 * - push: these go next
 * - nothing: all has been sent
 * - noRoom: the window is full; an acknowledgement makes room
 * - throttled: a throttle holds it back
 * - later: the device is being read; `onRead` is called
 * - restart: the follower stands below the log start by now
 * - failed: the log cannot be read
 */
export type NextPush =
  | { readonly kind: "push"; readonly push: Push; readonly sizeBytes: number }
  | { readonly kind: "nothing" | "noRoom" | "throttled" | "later" | "restart" }
  | { readonly kind: "failed"; readonly error: DiskError };

/** Takes the next records for a follower out of the log: from memory or the page cache in this step, else off the event loop. */
export class PushSource {
  constructor(
    private readonly window: PushWindow,
    private readonly budget: PushBudget,
    /** Aborted when the stream ends. */
    private readonly signal: AbortSignal,
  ) {}

  /** @param onRead called when what had to come from the device is there; null when the attachment is over by then */
  next(attachment: Attachment, isInSync: boolean, onRead: (next: NextPush | null) => void): NextPush {
    if (attachment.isReading) return { kind: "later" };
    if (!attachment.hasMore) return { kind: "nothing" };
    const room = this.window.room(isInSync);
    if (room <= 0 && !this.window.mayOverflow(isInSync)) return { kind: "noRoom" };
    const allowed = this.budget.allowed(attachment, isInSync);
    if (allowed < 1) return { kind: "throttled" };
    const { log } = attachment.partition;
    const request = {
      offset: attachment.nextOffset,
      maxBytes: Math.min(room, PUSH_BYTES_MAX, Math.max(Math.floor(allowed), THROTTLED_PUSH_BYTES)),
      upperBound: log.logEndOffset,
      minOneBatch: room >= PUSH_BYTES_MAX || this.window.mayOverflow(isInSync),
    };
    try {
      if (!log.isCold(request.offset)) return this.take(attachment, isInSync, log.read(request));
    } catch (error) {
      return failed(error);
    }
    attachment.isReading = true;
    const release = this.budget.reserve(attachment, isInSync, request.maxBytes);
    log.readCold(request, this.signal).then(
      (outcome) => {
        attachment.isReading = false;
        release();
        if (attachment.isCurrent) return onRead(this.take(attachment, isInSync, outcome));
        if (outcome.kind === "records") outcome.release();
        onRead(null);
      },
      (error: unknown) => {
        attachment.isReading = false;
        release();
        // The stream's end aborts the read: then nobody waits for it.
        onRead(this.signal.aborted || !attachment.isCurrent ? null : failed(error));
      },
    );
    return { kind: "later" };
  }

  private take(attachment: Attachment, isInSync: boolean, outcome: ReadOutcome): NextPush {
    if (outcome.kind === "outOfRange") return { kind: "restart" };
    // What is damaged here is not sent: another replica leads soon, or nobody has it.
    if (outcome.kind === "empty" || outcome.kind === "damaged") return { kind: "noRoom" };
    const { log } = attachment.partition;
    const { slices, sizeBytes, nextOffset } = outcome;
    const push: Push = {
      attachId: attachment.attachId,
      leaderEpoch: attachment.leader.leaderEpoch,
      from: attachment.nextOffset,
      highWatermark: log.highWatermark,
      logStartOffset: log.logStartOffset,
      records: slices,
      credited: this.budget.spend(attachment, isInSync, sizeBytes),
    };
    attachment.sent(nextOffset, this.window.take(isInSync, sizeBytes), () => outcome.release());
    return { kind: "push", push, sizeBytes };
  }
}

function failed(error: unknown): NextPush {
  if (!(error instanceof DiskError)) throw error;
  return { kind: "failed", error };
}
