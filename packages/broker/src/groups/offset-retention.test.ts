import { ServingPartitions } from "../testing/serving-partitions";
import type { GroupCoordinator } from "./group-coordinator";

const MINUTE_MS = 60_000;

let broker: ServingPartitions;
let groups: GroupCoordinator;

beforeEach(async () => {
  broker = await ServingPartitions.open({ configs: { "offsets.retention.minutes": "60" } });
  broker.topic("__consumer_offsets", { configs: { "cleanup.policy": "compact" } });
  ({ groups } = broker.services);
  await settle();
});
afterEach(() => groups.close());

/** Lets what was started come to its end: loading, appends, answers. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    broker.clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function pass(ms: number): Promise<void> {
  const untilMs = broker.clock.monotonicMs() + ms;
  while (broker.clock.monotonicMs() < untilMs) {
    broker.clock.advance(Math.min(5 * MINUTE_MS, untilMs - broker.clock.monotonicMs()));
    await settle();
  }
}

async function commit(group: string, who: object = {}): Promise<void> {
  const nowMs = broker.clock.nowMs();
  const committed = { offset: 1, leaderEpoch: -1, metadata: "", commitTimestampMs: nowMs, expireTimestampMs: null };
  const offsets = [{ topic: "t", partition: 0, committed }];
  const call = { memberId: "", groupInstanceId: null, generation: -1, ...who, offsets };
  const answer = groups.commit(group, call);
  await settle();
  expect(await answer).toBe("NONE");
}

async function join(group: string): Promise<{ readonly memberId: string; readonly generation: number }> {
  const answer = groups.join(group, {
    memberId: "",
    groupInstanceId: null,
    clientId: "c",
    clientHost: "/h",
    rebalanceTimeoutMs: 10_000,
    sessionTimeoutMs: 10_000,
    protocolType: "connect",
    protocols: [{ name: "p", metadata: Buffer.alloc(0) }],
    requiresKnownMemberId: false,
    supportsSkippingAssignment: true,
  });
  await pass(3000);
  return answer;
}

const known = (group: string): boolean => typeof groups.find(group) === "object";
const logEnd = (): number => broker.services.partitions.get("__consumer_offsets", 0)?.log.logEndOffset ?? -1;

describe("offsets that nobody uses", () => {
  it("go an hour after the commit where nobody has ever been a member, and the group with them", async () => {
    await commit("simple");
    await pass(50 * MINUTE_MS);
    expect(known("simple")).toBe(true);
    await pass(20 * MINUTE_MS);
    expect(known("simple")).toBe(false);
    // One commit, one tombstone; of a group without a generation nothing else was written.
    expect(logEnd()).toBe(2);
  });

  it("stay as long as there are members, and go an hour after the last one left", async () => {
    const who = await join("team");
    const synced = groups.sync("team", {
      ...who,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: new Map(),
    });
    await settle();
    expect((await synced).error).toBe("NONE");
    await commit("team", who);
    for (let passed = 0; passed < 80; passed += 0.1) {
      expect(groups.heartbeat("team", { ...who, groupInstanceId: null })).toBe("NONE");
      broker.clock.advance(0.1 * MINUTE_MS);
    }
    await settle();
    expect(known("team")).toBe(true);
    // Silence ends the session, and the group is empty from then on.
    await pass(40 * MINUTE_MS);
    expect(known("team")).toBe(true);
    await pass(40 * MINUTE_MS);
    expect(known("team")).toBe(false);
  });

  it("have nothing left behind by those who asked for a member id and never came", async () => {
    const { memberId, error } = await groups.join("shy", {
      memberId: "",
      groupInstanceId: null,
      clientId: "c",
      clientHost: "/h",
      rebalanceTimeoutMs: 10_000,
      sessionTimeoutMs: 10_000,
      protocolType: "consumer",
      protocols: [{ name: "p", metadata: Buffer.alloc(0) }],
      requiresKnownMemberId: true,
      supportsSkippingAssignment: true,
    });
    expect([error, memberId]).toEqual(["MEMBER_ID_REQUIRED", expect.stringMatching(/^c-[0-9a-f-]{36}$/)]);
    expect(known("shy")).toBe(true);
    await pass(11 * MINUTE_MS);
    expect(known("shy")).toBe(false);
    expect(logEnd()).toBe(0);
  });
});
