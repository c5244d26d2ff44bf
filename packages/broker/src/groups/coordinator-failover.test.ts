import type { ErrorName } from "@ottla/protocol";
import { RunningCluster } from "../testing/running-cluster";
import type { GroupCoordinator } from "./group-coordinator";

const GROUP = "g";
const CONFIGS = { "offsets.topic.num.partitions": "3", "group.initial.rebalance.delay.ms": "0" };

let cluster: RunningCluster;
beforeEach(async () => {
  cluster = await RunningCluster.start({ configs: CONFIGS });
});
afterEach(() => cluster.close());

/** The broker that coordinates the group by its own word, once it has loaded it. */
async function coordinatorId(): Promise<number> {
  let found = -1;
  await cluster.until("the group has a coordinator", async () => {
    for (const id of cluster.running) {
      const { offsetsTopic, groups } = cluster.broker(id).services;
      await offsetsTopic.ensure();
      if (offsetsTopic.coordinatorOf(GROUP) === id && typeof groups.find(GROUP) !== "string") found = id;
    }
    return cluster.running.includes(found);
  });
  return found;
}

const groupsOf = (id: number): GroupCoordinator => cluster.broker(id).services.groups;

async function join(groups: GroupCoordinator): Promise<{ readonly memberId: string; readonly generation: number }> {
  const { memberId, generation } = await groups.join(GROUP, {
    memberId: "",
    groupInstanceId: null,
    clientId: "c",
    clientHost: "/h",
    rebalanceTimeoutMs: 10_000,
    sessionTimeoutMs: 10_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Buffer.from("m") }],
    requiresKnownMemberId: false,
    supportsSkippingAssignment: true,
  });
  return { memberId, generation };
}

function commit(groups: GroupCoordinator, who: object, offset: number): Promise<ErrorName> {
  const committed = { offset, leaderEpoch: -1, metadata: "", commitTimestampMs: 1, expireTimestampMs: null };
  const offsets = [{ topic: "t", partition: 0, committed }];
  return groups.commit(GROUP, { memberId: "", groupInstanceId: null, generation: -1, ...who, offsets });
}

function committed(groups: GroupCoordinator): number {
  const found = groups.find(GROUP);
  if (typeof found === "string" || found === undefined) throw new Error(`the group is ${found}`);
  return found.offsets.get("t", 0)?.offset ?? -1;
}

describe("a group whose coordinator dies", () => {
  it("goes on at another one: same members, generation and assignment; no acknowledged commit is lost, twice over", async () => {
    let id = await coordinatorId();
    const who = await join(groupsOf(id));
    const identity = { ...who, groupInstanceId: null };
    const assignments = new Map([[who.memberId, Buffer.from("mine")]]);
    const request = { ...identity, protocolType: null, protocolName: null, assignments };
    expect((await groupsOf(id).sync(GROUP, request)).error).toBe("NONE");
    let acknowledged = -1;
    for (let death = 0; death < 2; death++) {
      for (let i = 0; i < 20; i++) {
        if ((await commit(groupsOf(id), who, acknowledged + 1)) === "NONE") acknowledged++;
      }
      expect(acknowledged).toBe(20 * death + 19);
      // What is under way when it dies may be lost or not; it is not acknowledged.
      const lost = commit(groupsOf(id), who, acknowledged + 1).catch(() => "NOT_COORDINATOR" as const);
      const died = id;
      await cluster.kill(died);
      id = await coordinatorId();
      expect(id).not.toBe(died);
      expect(groupsOf(id).heartbeat(GROUP, identity)).toBe("NONE");
      expect((await groupsOf(id).sync(GROUP, request)).assignment.toString()).toBe("mine");
      expect(committed(groupsOf(id))).toBeGreaterThanOrEqual(acknowledged);
      await Promise.race([lost, Promise.resolve()]);
      await cluster.startBroker(died);
      await cluster.until("all are in sync", () => cluster.broker(died).services.metadata.brokers().length === 3);
      await cluster.until("the offsets are on all", () => partitionIsr(id) === 3);
    }
  });

  it("whose coordinator leaves in an orderly way has those who wait sent to the next one", async () => {
    const id = await coordinatorId();
    const groups = groupsOf(id);
    const first = await join(groups);
    expect(first.generation).toBe(1);
    // The first member does not join again: the second waits.
    const waiting = join(groups);
    await cluster.stop(id);
    expect((await waiting).generation).toBe(-1);
    const next = groupsOf(await coordinatorId());
    expect((await join(next)).generation).toBe(1);
  });

  it("has nobody told anything by a broker that does not coordinate it", async () => {
    const id = await coordinatorId();
    const other = groupsOf(cluster.running.find((one) => one !== id) ?? 0);
    expect(other.find(GROUP)).toBe("NOT_COORDINATOR");
    expect(other.heartbeat(GROUP, { memberId: "m", groupInstanceId: null, generation: 1 })).toBe("NOT_COORDINATOR");
    expect(await commit(other, {}, 1)).toBe("NOT_COORDINATOR");
    expect(await other.delete(GROUP)).toBe("NOT_COORDINATOR");
  });
});

/** How many replicas of the group's offsets are in sync, as a broker knows it. */
function partitionIsr(id: number): number {
  const { offsetsTopic, metadata } = cluster.broker(id).services;
  return metadata.partition("__consumer_offsets", offsetsTopic.partitionOf(GROUP))?.isr.length ?? 0;
}
