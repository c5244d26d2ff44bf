import { CommittedOffsets, type RetentionGround } from "./committed-offsets";

const at = (partition = 0, topic = "t") => ({ topic, partition });
const committed = (offset: number, commitTimestampMs = 0, expireTimestampMs: number | null = null) => ({
  offset,
  leaderEpoch: -1,
  metadata: "",
  commitTimestampMs,
  expireTimestampMs,
});

describe("a group's committed offsets", () => {
  it("are those of the newest record of the log, in whatever order they are told", () => {
    const offsets = new CommittedOffsets();
    offsets.apply(at(), committed(20), 8);
    offsets.apply(at(), committed(10), 7);
    expect(offsets.get("t", 0)?.offset).toBe(20);
    // An application may go back on purpose.
    offsets.apply(at(), committed(5), 9);
    expect(offsets.get("t", 0)?.offset).toBe(5);
  });

  it("go one by one", () => {
    const offsets = new CommittedOffsets();
    offsets.apply(at(0), committed(1), 0);
    offsets.apply(at(1), committed(2), 1);
    offsets.remove(at(0));
    expect([offsets.get("t", 0), offsets.get("t", 1)?.offset, offsets.isEmpty]).toEqual([undefined, 2, false]);
    offsets.remove(at(1));
    expect(offsets.isUnused).toBe(true);
  });
});

describe("retention of offsets (KIP-211)", () => {
  const empty: RetentionGround = {
    state: "Empty",
    protocolType: "consumer",
    stateSinceMs: 1000,
    subscribedTopics: new Set(),
  };
  const stable: RetentionGround = { ...empty, state: "Stable", subscribedTopics: new Set(["t"]) };
  const simple: RetentionGround = { state: "Empty", protocolType: null, stateSinceMs: 1000, subscribedTopics: null };
  const rows: [string, RetentionGround, number, string][] = [
    ["an empty group keeps all until it has been so for the retention", empty, 1099, ""],
    ["an empty group keeps nothing longer, however late it was committed", empty, 1100, "t-0 u-0"],
    ["consumers at work keep what they are subscribed to", stable, 100_000, "u-0"],
    ["a group that only stores offsets keeps each for the retention", simple, 150, "t-0"],
    ["a group in a rebalance keeps all", { ...stable, state: "PreparingRebalance" }, 100_000, ""],
    ["members that are no consumers keep all", { ...stable, protocolType: "connect" }, 100_000, ""],
    ["what cannot be read may be subscribed to", { ...stable, subscribedTopics: null }, 100_000, ""],
  ];
  it.each(rows)("%s", (_rule, ground, nowMs, expired) => {
    const offsets = new CommittedOffsets();
    offsets.apply(at(0, "t"), committed(1, 50), 0);
    offsets.apply(at(0, "u"), committed(1, 60), 1);
    const found = offsets.expired(ground, nowMs, 100).map(({ topic, partition }) => `${topic}-${partition}`);
    expect(found.join(" ")).toBe(expired);
  });

  it("goes by the moment that a client named, where it named one", () => {
    const offsets = new CommittedOffsets();
    offsets.apply(at(), committed(1, 0, 500), 0);
    expect(offsets.expired(simple, 499, 1)).toEqual([]);
    expect(offsets.expired(simple, 500, 1_000_000)).toEqual([at()]);
  });

  it("leaves alone what is being committed, by a client or by a transaction", () => {
    const offsets = new CommittedOffsets();
    offsets.apply(at(0), committed(1), 0);
    offsets.apply(at(1), committed(1), 1);
    offsets.begun(at(0));
    offsets.transactional.add(9n, { ...at(1), committed: committed(2), logOffset: 2 });
    expect(offsets.expired(simple, 10_000, 1)).toEqual([]);
    offsets.settled(at(0));
    offsets.transactional.take(9n);
    expect(offsets.expired(simple, 10_000, 1)).toEqual([at(0), at(1)]);
  });
});
