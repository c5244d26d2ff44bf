/** How a follower asks to be served: where its log stands. */
export interface AttachRequest {
  readonly leaderEpoch: number;
  /** The first offset it lacks. */
  readonly logEndOffset: number;
  /** Leader epoch of its last batch; -1 when its log holds none. */
  readonly lastEpoch: number;
}

/** What this broker knows of the partition asked for. */
export interface AttachView {
  /** -1 until a decision of the controller reached this process. */
  readonly leaderEpoch: number;
  readonly isLeader: boolean;
  /** Whether the asker is one of the partition's replicas as this broker knows them. */
  readonly isReplica: boolean;
  readonly isOffline: boolean;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** Where an epoch, or the greatest below it, ends in this log; -1 and -1 when nothing is known of it. */
  endOffsetFor(epoch: number): { readonly epoch: number; readonly endOffset: number };
}

/**
 * - attached: the follower's log is a prefix of ours
 * - diverged: it is not; where its last epoch, or the greatest below it, ends here
 * - restart: there is nothing in common that could be continued: it begins anew at our log start
 * - fenced: it does not know of our epoch yet
 * - park: it knows more than we do: answered once the controller's word has reached us (rule 4)
 */
export type AttachVerdict =
  | { readonly kind: "attached" }
  | { readonly kind: "diverged"; readonly epoch: number; readonly endOffset: number }
  | { readonly kind: "restart"; readonly logStartOffset: number }
  | { readonly kind: "fenced" }
  | { readonly kind: "park" }
  | { readonly kind: "refused"; readonly error: "NOT_LEADER_OR_FOLLOWER" | "KAFKA_STORAGE_ERROR" };

/**
 * Judges a follower's request to join a stream (KIP-101, KIP-279; rules 3, 4, 14).
 *
 * The proof that its log is a prefix of ours is that we know its last epoch, and that this epoch reaches at least as far here. A log
 * without any epoch holds nothing that could differ: it was emptied, or cut to what is committed.
 */
export function judgeAttach(request: AttachRequest, view: AttachView): AttachVerdict {
  if (request.leaderEpoch > view.leaderEpoch) return { kind: "park" };
  if (request.leaderEpoch < view.leaderEpoch) return { kind: "fenced" };
  if (view.isOffline) return { kind: "refused", error: "KAFKA_STORAGE_ERROR" };
  if (!view.isLeader) return { kind: "refused", error: "NOT_LEADER_OR_FOLLOWER" };
  if (!view.isReplica) return { kind: "park" };
  const { logEndOffset, lastEpoch } = request;
  if (logEndOffset < view.logStartOffset) return { kind: "restart", logStartOffset: view.logStartOffset };
  if (lastEpoch < 0) {
    if (logEndOffset <= view.logEndOffset) return { kind: "attached" };
    return { kind: "restart", logStartOffset: view.logStartOffset };
  }
  const { epoch, endOffset } = view.endOffsetFor(lastEpoch);
  if (epoch === lastEpoch && endOffset >= logEndOffset) return { kind: "attached" };
  return { kind: "diverged", epoch, endOffset };
}
