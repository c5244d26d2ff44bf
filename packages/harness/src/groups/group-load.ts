import { type BrokerAddress, parseBootstrapServers } from "@ottla/client";
import { until } from "../until";
import { type GroupEvent, type GroupFinding, gapsBetweenCommits, judgeGroup } from "./group-history";
import { GroupMember } from "./group-member";

export interface GroupLoadOptions {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly partitions: number;
  readonly groups: number;
  readonly membersEach: number;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatEveryMs?: number;
  /** 0 for never. */
  readonly commitEveryMs: number;
  /** Whether members are static: each keeps its place in the group over a restart. */
  readonly areStatic?: boolean;
}

/** Many groups at once, and what their members saw. */
export class GroupLoad {
  readonly members = new Map<string, GroupMember[]>();
  private readonly events = new Map<string, GroupEvent[]>();
  private readonly brokers: readonly BrokerAddress[];

  constructor(private readonly options: GroupLoadOptions) {
    this.brokers = parseBootstrapServers(options.bootstrapServers);
    for (let index = 0; index < options.groups; index++) {
      const groupId = `${options.topic}-${index}`;
      this.events.set(groupId, []);
      this.members.set(
        groupId,
        Array.from({ length: options.membersEach }, (_, seat) => this.newMember(groupId, seat)),
      );
    }
  }

  get groupIds(): readonly string[] {
    return [...this.members.keys()];
  }

  get all(): readonly GroupMember[] {
    return [...this.members.values()].flat();
  }

  eventsOf(groupId: string): readonly GroupEvent[] {
    return this.events.get(groupId) ?? [];
  }

  /** A member more, not started yet. @param seat which of the static members it is */
  newMember(groupId: string, seat = 0): GroupMember {
    const {
      areStatic = false,
      topic,
      partitions,
      commitEveryMs,
      sessionTimeoutMs = 10_000,
      heartbeatEveryMs = 1_000,
    } = this.options;
    return new GroupMember({
      brokers: this.brokers,
      groupId,
      groupInstanceId: areStatic ? `seat-${seat}` : undefined,
      topic,
      partitions,
      sessionTimeoutMs,
      heartbeatEveryMs,
      commitEveryMs,
      onEvent: (event) => this.events.get(groupId)?.push(event),
    });
  }

  /** Starts everybody, and returns when every group has given out all its partitions. */
  async start(timeoutMs: number): Promise<void> {
    for (const member of this.all) member.start();
    await this.untilSettled(timeoutMs);
  }

  /** Waits until every member is in, and every partition of every group has one owner. */
  untilSettled(timeoutMs: number): Promise<void> {
    const isSettled = (members: readonly GroupMember[]) => {
      const generations = new Set(members.map(({ currentGeneration }) => currentGeneration));
      const owned = members.flatMap((member) => [...member.owned]);
      return (
        members.every((member) => member.isSettled) &&
        generations.size === 1 &&
        new Set(owned).size === this.options.partitions &&
        owned.length === this.options.partitions
      );
    };
    return until("every partition of every group has its owner", timeoutMs, () =>
      [...this.members.values()].every(isSettled),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((member) => member.end({ leaves: false })));
  }

  findings(): GroupFinding[] {
    return [...this.events.values()].flatMap((events) => judgeGroup(events));
  }

  /** How many commits of one partition were acknowledged, altogether. */
  get commits(): number {
    let commits = 0;
    for (const events of this.events.values()) for (const { type } of events) if (type === "committed") commits++;
    return commits;
  }

  /** For each group, the longest time since `fromMs` in which it committed nothing, ms. */
  longestGaps(fromMs: number): number[] {
    return [...this.events.values()].map((events) => {
      const since = events.filter((event) => event.type === "committed" && event.atMs >= fromMs);
      return gapsBetweenCommits(since)[0] ?? Number.POSITIVE_INFINITY;
    });
  }

  /** What went wrong since `fromMs`, and how often. */
  troubles(fromMs: number): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const event of [...this.events.values()].flat()) {
      if (event.type === "troubled" && event.atMs >= fromMs) counts[event.by] = (counts[event.by] ?? 0) + 1;
    }
    return counts;
  }
}
