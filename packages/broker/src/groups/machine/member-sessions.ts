import { DeadlineQueue } from "./deadline-queue";
import type { Member } from "./member";

/**
 * When members are out if nothing is heard of them.
 *
 * A heartbeat only writes a later deadline into its member; the queue looks at the member at the earlier time, finds that it has been
 * put off, and comes again. One entry for each member, however many heartbeats.
 */
export class MemberSessions {
  private readonly queue = new DeadlineQueue<Member | PendingId>();

  /** When `takeExpired` is to be called next at the earliest; null when nobody is waited for. */
  get firstAtMs(): number | null {
    return this.queue.firstAtMs;
  }

  /** The member has until `deadlineMs`, later or sooner than before. */
  expect(member: Member, deadlineMs: number): void {
    member.deadlineMs = deadlineMs;
    if (member.lookAtMs === null || deadlineMs < member.lookAtMs) this.lookAt(member, deadlineMs);
  }

  /** A member id given out has until then to be used. */
  expectPending(pendingId: string, deadlineMs: number): void {
    this.queue.add(deadlineMs, { pendingId });
  }

  /** Whose time is up. Whether they are still in the group, and may be silent while they wait, the caller knows. */
  *takeExpired(nowMs: number): Generator<Member | PendingId> {
    for (let due = this.queue.takeDue(nowMs); due !== null; due = this.queue.takeDue(nowMs)) {
      const { item } = due;
      if ("pendingId" in item) yield item;
      // An entry that a sooner one has replaced.
      else if (item.lookAtMs !== due.atMs) continue;
      else if (item.deadlineMs > nowMs) this.lookAt(item, item.deadlineMs);
      else {
        item.lookAtMs = null;
        yield item;
      }
    }
  }

  private lookAt(member: Member, atMs: number): void {
    member.lookAtMs = atMs;
    this.queue.add(atMs, member);
  }
}

/** A member id that was given out with MEMBER_ID_REQUIRED. */
export interface PendingId {
  readonly pendingId: string;
}
