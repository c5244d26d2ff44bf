import { type AttachView, judgeAttach } from "./attach-decision";
import { cutFor, type FollowerPlace } from "./partition-follower";

/** The log that is copied. */
export type CopiedLog = Pick<AttachView, "logStartOffset" | "logEndOffset" | "endOffsetFor">;

/**
 * - aligned: the copy is a prefix of the log
 * - truncate: it holds what has been cut from the log since
 * - restart: they have nothing in common
 */
export type CopyAlignment =
  | { readonly kind: "aligned" }
  | { readonly kind: "truncate" | "restart"; readonly offset: number };

/** Compares a copy with the log that it is made of, which may have been cut and written anew meanwhile: as a follower does with its leader. */
export function alignCopy(copy: FollowerPlace, log: CopiedLog): CopyAlignment {
  const question = { leaderEpoch: 0, logEndOffset: copy.logEndOffset, lastEpoch: copy.lastEpoch ?? -1 };
  const verdict = judgeAttach(question, { ...viewOf(log), leaderEpoch: 0 });
  if (verdict.kind === "attached") return { kind: "aligned" };
  if (verdict.kind === "diverged") {
    const cut = cutFor(verdict, copy);
    if (cut.kind === "truncate") return { kind: "truncate", offset: cut.offset };
  }
  return { kind: "restart", offset: log.logStartOffset };
}

function viewOf({ logStartOffset, logEndOffset, endOffsetFor }: CopiedLog): Omit<AttachView, "leaderEpoch"> {
  return { isLeader: true, isReplica: true, isOffline: false, logStartOffset, logEndOffset, endOffsetFor };
}
