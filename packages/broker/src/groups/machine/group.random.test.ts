import { SeededRandom } from "@ottla/runtime";
import { DrivenGroup, protocol } from "../../testing/driven-group";

const RUNS = 60;
const STEPS = 400;
const FIRST_SEED = Number(process.env.OTTLA_SEED ?? 1 + Math.floor(Math.random() * 1e6));
const PARTITIONS = 7;
const STATIC_MEMBERS = 2;

/** A client as careless as clients are: it crashes, forgets, comes late, and repeats itself. */
interface Client {
  /** As the coordinator called it last; empty when it has to begin anew. */
  memberId: string;
  generation: number;
  readonly groupInstanceId: string | null;
  joining: number | null;
  syncing: number | null;
}

describe(`a group of clients that come, crash and repeat themselves (seeds from ${FIRST_SEED})`, () => {
  it.each(Array.from({ length: RUNS }, (_, run) => FIRST_SEED + run))(
    "gives each partition one owner in a generation, tells everybody the same, and forgets nobody who waits: %i",
    (seed) => {
      const walk = new RandomWalk(seed);
      for (let step = 0; step < STEPS; step++) walk.step();
      walk.settle();
    },
  );
});

class RandomWalk {
  private readonly random: SeededRandom;
  private readonly g: DrivenGroup;
  private readonly clients: Client[];
  /** By generation and partition. */
  private readonly owners = new Map<string, string>();
  private readonly leaders = new Map<number, string>();
  private lastGeneration = 0;

  constructor(private readonly seed: number) {
    this.random = new SeededRandom(seed);
    this.g = new DrivenGroup({
      initialRebalanceDelayMs: this.random.below(2) * 3000,
      membersMax: 3 + this.random.below(6),
    });
    this.clients = Array.from({ length: 6 }, (_, index) => ({
      memberId: "",
      generation: -1,
      groupInstanceId: index < STATIC_MEMBERS ? `instance-${index}` : null,
      joining: null,
      syncing: null,
    }));
  }

  step(): void {
    this.hear();
    const client = this.clients[this.random.below(this.clients.length)] as Client;
    switch (this.random.below(12)) {
      case 0:
      case 1:
      case 2:
        if (client.joining === null) this.join(client);
        break;
      case 3:
      case 4:
      case 5:
        if (client.memberId !== "" && client.joining === null) this.sync(client);
        break;
      case 6:
        this.g.heartbeat(client.memberId, client.generation, client.groupInstanceId);
        break;
      case 7:
        // A crash: whatever it waited for, nobody hears.
        Object.assign(client, { memberId: "", generation: -1, joining: null, syncing: null });
        break;
      case 8:
        if (this.random.below(3) === 0) this.g.leave(client.memberId, client.groupInstanceId);
        break;
      case 9:
        if (this.g.writes.length > 0) this.g.persisted(this.random.below(5) === 0 ? "NOT_COORDINATOR" : "NONE");
        break;
      case 10:
        this.g.advance(this.random.below(4000));
        break;
      default:
        this.g.checkCommit(client.memberId, client.generation, client.groupInstanceId);
    }
    this.check();
  }

  /** Everybody behaves: the group comes to rest, and every request has its answer. */
  settle(): void {
    for (let round = 0; round < 400; round++) {
      this.hear();
      if (this.g.group.state === "Stable" && this.clients.every((client) => this.isAtRest(client))) break;
      for (const client of this.clients) {
        if (client.joining !== null || client.syncing !== null) continue;
        const error = this.g.heartbeat(client.memberId, client.generation, client.groupInstanceId);
        if (error !== "NONE") this.join(client);
        else if (this.g.group.state === "CompletingRebalance") this.sync(client);
      }
      while (this.g.writes.length > 0) this.g.persisted();
      this.g.advance(500);
      this.check();
    }
    expect({ seed: this.seed, state: this.g.group.state }).toEqual({ seed: this.seed, state: "Stable" });
    // Left alone, everybody is put out, and whoever waits is answered.
    for (let i = 0; i < 100; i++) {
      this.g.advance(60_000);
      while (this.g.writes.length > 0) this.g.persisted();
    }
    expect({ seed: this.seed, state: this.g.group.state, size: this.g.group.size }).toEqual({
      seed: this.seed,
      state: "Empty",
      size: 0,
    });
    this.hear();
    const waiting = this.clients.filter(({ joining, syncing }) => joining !== null || syncing !== null);
    expect({ seed: this.seed, waiting }).toEqual({ seed: this.seed, waiting: [] });
    expect(this.g.group.nextDeadlineMs).toBeNull();
  }

  private isAtRest({ memberId, generation, joining, syncing }: Client): boolean {
    const isIn = joining === null && syncing === null && generation === this.g.group.generation;
    // Who did not get in because of the limit may stay outside.
    return isIn || (memberId === "" && this.g.group.size >= this.g.limits.membersMax);
  }

  private join(client: Client): void {
    const { memberId, groupInstanceId } = client;
    const protocols = this.random.below(8) === 0 ? [protocol("range", ["t", "u"])] : [protocol("range")];
    client.joining = this.g.join({
      memberId,
      groupInstanceId,
      protocols,
      requiresKnownMemberId: this.random.below(2) === 0,
      sessionTimeoutMs: 6000 + this.random.below(4) * 1000,
      rebalanceTimeoutMs: 8000 + this.random.below(4) * 1000,
    });
    client.syncing = null;
  }

  private sync(client: Client): void {
    const { memberId, generation, groupInstanceId } = client;
    const assignments = new Map<string, Buffer>();
    if (this.leaders.get(generation) === memberId) {
      const ids = Array.from(this.g.group.allMembers, (member) => member.memberId);
      for (const id of ids) assignments.set(id, Buffer.alloc(PARTITIONS));
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const owner = ids[this.random.below(ids.length)];
        if (owner !== undefined) assignments.get(owner)?.writeUInt8(1, partition);
      }
    }
    client.syncing = this.g.sync({ memberId, generation, groupInstanceId, assignments });
  }

  /** Clients read the answers that have come. */
  private hear(): void {
    for (const client of this.clients) {
      const joined = client.joining === null ? undefined : this.g.joins.get(client.joining);
      if (joined !== undefined) {
        client.joining = null;
        client.memberId = joined.memberId;
        client.generation = joined.generation;
        if (joined.error === "NONE") this.heardLeader(joined.generation, joined.leaderId, joined.members.length > 0);
        else if (joined.error !== "MEMBER_ID_REQUIRED" && joined.error !== "REBALANCE_IN_PROGRESS")
          client.memberId = "";
      }
      const synced = client.syncing === null ? undefined : this.g.syncs.get(client.syncing);
      if (synced !== undefined) {
        client.syncing = null;
        if (synced.error === "NONE") this.heardAssignment(client, synced.assignment);
      }
    }
  }

  private heardLeader(generation: number, leaderId: string, toldMembers: boolean): void {
    const known = this.leaders.get(generation);
    // A static leader that comes back has another id.
    if (known === undefined || toldMembers) this.leaders.set(generation, leaderId);
  }

  private heardAssignment({ memberId, groupInstanceId, generation }: Client, assignment: Buffer): void {
    const owner = groupInstanceId ?? memberId;
    for (const [partition, isOwned] of assignment.entries()) {
      if (isOwned === 0) continue;
      const key = `generation ${generation}, partition ${partition}`;
      const other = this.owners.get(key) ?? owner;
      expect({ seed: this.seed, key, owner: other }).toEqual({ seed: this.seed, key, owner });
      this.owners.set(key, owner);
    }
  }

  private check(): void {
    const { group } = this.g;
    expect(group.generation).toBeGreaterThanOrEqual(this.lastGeneration);
    this.lastGeneration = group.generation;
    if (group.state === "Stable" || group.state === "CompletingRebalance") {
      expect({ seed: this.seed, size: group.size > 0 }).toEqual({ seed: this.seed, size: true });
      const ids = Array.from(group.allMembers, ({ memberId }) => memberId);
      expect(ids).toContain(group.leaderId);
      // A static member that missed a rebalance stays beside those that came.
      expect(group.size).toBeLessThanOrEqual(this.g.limits.membersMax + STATIC_MEMBERS);
    }
    expect(group.state === "Empty" && group.size > 0).toBe(false);
  }
}
