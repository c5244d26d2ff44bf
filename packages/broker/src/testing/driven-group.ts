import type { ErrorName } from "@ottla/protocol";
import { consumerProtocolSubscription, encodeVersioned } from "@ottla/protocol";
import { Group, type GroupLimits, type JoinRequest, type SyncRequest } from "../groups/machine/group";
import type { GroupEffect, JoinAnswer, Moment, SyncAnswer } from "../groups/machine/group-effects";
import type { GroupRecord } from "../groups/machine/group-record";

const START_MS = 1_700_000_000_000;

/** A group with a clock that the spec moves, and everything it answered and wanted written. */
export class DrivenGroup {
  readonly limits: { membersMax: number; initialRebalanceDelayMs: number };
  group: Group;
  readonly joins = new Map<number, JoinAnswer>();
  readonly syncs = new Map<number, SyncAnswer>();
  /** What was wanted written and is not settled. */
  readonly writes: { readonly write: number; readonly record: GroupRecord }[] = [];
  private lastTicket = 0;
  private nextId = 1;
  private elapsedMs = 0;

  constructor(limits: Partial<GroupLimits> = {}, restored?: GroupRecord) {
    this.limits = { membersMax: 1000, initialRebalanceDelayMs: 0, ...limits };
    this.group =
      restored === undefined
        ? new Group("g", this.limits, this.now)
        : Group.restored("g", restored, this.limits, this.now);
  }

  get now(): Moment {
    return { atMs: this.elapsedMs, wallMs: START_MS + this.elapsedMs };
  }

  /** @returns the ticket under which the answer will be found in `joins` */
  join(given: Partial<JoinRequest> = {}): number {
    const ticket = ++this.lastTicket;
    const request: JoinRequest = {
      memberId: "",
      freshMemberId: `m${this.nextId++}`,
      groupInstanceId: null,
      clientId: "client",
      clientHost: "/127.0.0.1",
      rebalanceTimeoutMs: 60_000,
      sessionTimeoutMs: 10_000,
      protocolType: "consumer",
      protocols: [protocol("range")],
      requiresKnownMemberId: false,
      supportsSkippingAssignment: true,
      ...given,
    };
    this.perform(this.group.join(request, ticket, this.now));
    return ticket;
  }

  sync(given: Partial<SyncRequest> & { readonly memberId: string }): number {
    const ticket = ++this.lastTicket;
    const request: SyncRequest = {
      groupInstanceId: null,
      generation: this.group.generation,
      protocolType: null,
      protocolName: null,
      assignments: new Map(),
      ...given,
    };
    this.perform(this.group.sync(request, ticket, this.now));
    return ticket;
  }

  heartbeat(memberId: string, generation = this.group.generation, groupInstanceId: string | null = null): ErrorName {
    return this.group.heartbeat({ memberId, generation, groupInstanceId }, this.now);
  }

  leave(memberId: string, groupInstanceId: string | null = null): ErrorName {
    const { errors, error, effects } = this.group.leave([{ memberId, groupInstanceId }], this.now);
    this.perform(effects);
    return errors[0] ?? error;
  }

  checkCommit(memberId: string, generation = this.group.generation, groupInstanceId: string | null = null): ErrorName {
    return this.group.checkCommit({ memberId, generation, groupInstanceId }, this.now);
  }

  /** Settles the oldest write. */
  persisted(error: ErrorName = "NONE"): GroupRecord {
    const write = this.writes.shift();
    if (write === undefined) throw new Error("nothing is being written");
    this.perform(this.group.onPersisted(write.write, error, this.now));
    return write.record;
  }

  /** Moves time on; timers fire at their own moments. */
  advance(ms: number): void {
    const untilMs = this.elapsedMs + ms;
    for (;;) {
      const next = this.group.nextDeadlineMs;
      if (next === null || next > untilMs) break;
      this.elapsedMs = Math.max(this.elapsedMs, next);
      this.perform(this.group.onTimer(this.now));
    }
    this.elapsedMs = untilMs;
  }

  kill(error: ErrorName): void {
    this.perform(this.group.kill(error, this.now));
  }

  shrink(): void {
    this.perform(this.group.shrinkToLimit(this.now));
  }

  joined(ticket: number): JoinAnswer {
    const answer = this.joins.get(ticket);
    if (answer === undefined) throw new Error(`join ${ticket} is not answered`);
    return answer;
  }

  synced(ticket: number): SyncAnswer {
    const answer = this.syncs.get(ticket);
    if (answer === undefined) throw new Error(`sync ${ticket} is not answered`);
    return answer;
  }

  /** Has members join and sync until the group is stable: `m1`, which leads, `m2` and so on. */
  static stable(members: number, limits: Partial<GroupLimits> = {}): DrivenGroup {
    const driven = new DrivenGroup({ initialRebalanceDelayMs: 10, ...limits });
    const tickets = Array.from({ length: members }, () => driven.join());
    driven.advance(20);
    const ids = tickets.map((ticket) => driven.joined(ticket).memberId);
    for (const memberId of ids.slice(1)) driven.sync({ memberId });
    driven.sync({ memberId: ids[0] ?? "", assignments: new Map(ids.map((id) => [id, Buffer.from(`for ${id}`)])) });
    driven.persisted();
    return driven;
  }

  private perform(effects: readonly GroupEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "persist") this.writes.push(effect);
      else {
        const answers: Map<number, unknown> = effect.kind === "answerJoin" ? this.joins : this.syncs;
        if (answers.has(effect.ticket)) throw new Error(`${effect.ticket} is answered twice`);
        answers.set(effect.ticket, effect.answer);
      }
    }
  }
}

/** An assignor's name and a consumer's subscription. */
export function protocol(name: string, topics: readonly string[] = ["t"]): { name: string; metadata: Buffer } {
  return { name, metadata: encodeVersioned(consumerProtocolSubscription, 1, { topics: [...topics] }) };
}
