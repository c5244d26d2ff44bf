import { patchBaseOffset, patchLeaderEpoch } from "@ottla/protocol";
import { SimulatedProcess } from "@ottla/runtime";
import { ServingGuard } from "../partition/serving-guard";
import { batchOf } from "../testing/produced-batches";
import { ReplicatedPartitions } from "../testing/replicated-partitions";

let cluster: ReplicatedPartitions;
afterEach(() => cluster.close());

const open = async (ids: readonly number[] = [1, 2, 3], configs: Record<string, string> = {}) => {
  cluster = await ReplicatedPartitions.open(ids, { "min.insync.replicas": "2", ...configs });
  return cluster;
};
const lead = async (topic: string, decision: Parameters<ReplicatedPartitions["elect"]>[1]) => {
  const state = cluster.elect(topic, decision);
  await cluster.settle();
  return state;
};
const logOf = (id: number, topic = "orders") => cluster.broker(id).partition(topic).log;
const ends = (topic = "orders", ids: readonly number[] = [1, 2, 3]) => ids.map((id) => logOf(id, topic).logEndOffset);
const highWatermarks = (topic = "orders", ids: readonly number[] = [1, 2, 3]) =>
  ids.map((id) => logOf(id, topic).highWatermark);
const expectEqualBytes = (topic = "orders") => expect(new Set(cluster.bytes(topic).values()).size).toBe(1);
const produce = async (id: number, values: readonly string[], options: { acks?: -1 | 1 } = {}) => {
  const produced = cluster.broker(id).produce("orders", values, options);
  await cluster.settle();
  return produced;
};

describe("followers of a leader", () => {
  it("hold what it appends, in the same bytes, and the producer is answered then", async () => {
    await open();
    await lead("orders", { leader: 1 });
    const produced = await produce(1, ["a", "b"]);
    expect(produced.outcome).toMatchObject({ error: "NONE", baseOffset: 0 });
    expectEqualBytes();
    expect(highWatermarks()).toEqual([2, 2, 2]);
  });

  it("are waited for by acks=all, and not by acks=1", async () => {
    await open();
    await lead("orders", { leader: 1 });
    cluster.network.isolate("broker-1", ["broker-2"]);
    const all = await produce(1, ["a"]);
    const one = await produce(1, ["b"], { acks: 1 });
    expect(all.outcome).toBeNull();
    expect(one.outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
    cluster.network.rejoin("broker-1", ["broker-2"]);
    await cluster.settle(5000);
    expect(all.outcome).toMatchObject({ error: "NONE", baseOffset: 0 });
    expectEqualBytes();
  });

  it("catch up from the files with everything they lack, however much it is", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1, isr: [1], replicas: [1, 2], tell: [1] });
    const value = "x".repeat(50_000);
    for (let count = 0; count < 300; count++) cluster.broker(1).produce("orders", [value], { acks: 1 });
    await cluster.settle();
    cluster.tell(cluster.state("orders"), [2]);
    for (let round = 0; round < 200 && logOf(2).logEndOffset < 300; round++) await cluster.settle(1);
    expect(ends("orders", [1, 2])).toEqual([300, 300]);
    expectEqualBytes();
  });

  it("dial again at once after a break, and go on where they are", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    cluster.network.refuse("broker-2", "broker-1");
    await cluster.settle();
    const produced = await produce(1, ["b"]);
    expect(produced.outcome).toBeNull();
    cluster.network.heal("broker-2", "broker-1");
    await cluster.settle(1300);
    expect(produced.outcome).toMatchObject({ error: "NONE" });
    expectEqualBytes();
  });

  it("under flush.messages=1 acknowledge what the device holds", async () => {
    await open([1, 2], { "log.flush.interval.messages": "1" });
    await lead("orders", { leader: 1 });
    const produced = await produce(1, ["a"]);
    await cluster.settle();
    expect(produced.outcome).toMatchObject({ error: "NONE" });
    expect([logOf(1).flushedEndOffset, logOf(2).flushedEndOffset]).toEqual([1, 1]);
  });

  it("begin anew at the leader's log start when that has gone past them, and report their own", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1, isr: [1], replicas: [1, 2], tell: [1] });
    cluster.broker(1).topicConfigs.setOverrides("orders", { "min.insync.replicas": "1" });
    await produce(1, ["a"]);
    await produce(1, ["b"]);
    cluster.broker(1).partition("orders").deleteRecordsBefore(1);
    cluster.tell(cluster.state("orders"), [2]);
    await cluster.settle();
    cluster.agree();
    await cluster.settle();
    expect([logOf(2).logStartOffset, logOf(2).logEndOffset]).toEqual([1, 2]);
    cluster.broker(1).partition("orders").deleteRecordsBefore(2);
    expect(
      cluster
        .broker(1)
        .partition("orders")
        .lowWatermark(() => true),
    ).toBe(1);
    await cluster.settle();
    expect(logOf(2).logStartOffset).toBe(2);
    expect(
      cluster
        .broker(1)
        .partition("orders")
        .lowWatermark(() => true),
    ).toBe(2);
  });
});

describe("a log with gaps, as compaction leaves them", () => {
  it("is followed byte by byte (compacted-catch-up)", async () => {
    await open([1, 2]);
    // Broker 1 held the partition before, without a leader that it could follow.
    await lead("orders", { leader: -1, isr: [1], replicas: [1, 2], tell: [1] });
    for (const offset of [3, 4, 9, 1000]) {
      const batch = batchOf([`at ${offset}`]);
      patchBaseOffset(batch, 0, offset);
      patchLeaderEpoch(batch, 0, 0);
      logOf(1).appendAsFollower(batch, { from: logOf(1).logEndOffset, leaderEpoch: 0 });
    }
    await lead("orders", { leader: 1, isr: [1], replicas: [1, 2] });
    expect(ends("orders", [1, 2])).toEqual([1001, 1001]);
    expect(cluster.agree()).toBe(1);
    await cluster.settle();
    expect((await produce(1, ["next"])).outcome).toMatchObject({ error: "NONE", baseOffset: 1001 });
    expectEqualBytes();
  });
});

describe("a follower that catches up beside one in sync", () => {
  it("does not keep the other's records waiting (catch-up-starves)", async () => {
    await open([1, 2], { "min.insync.replicas": "1" });
    await lead("old", { leader: 1, isr: [1], replicas: [1, 2], tell: [1] });
    await lead("orders", { leader: 1 });
    const value = "x".repeat(100_000);
    for (let count = 0; count < 300; count++) cluster.broker(1).produce("old", [value], { acks: 1 });
    await cluster.settle();
    cluster.network.setDelay("broker-2", "broker-1", 5);
    cluster.tell(cluster.state("old"), [2]);
    await cluster.settle(20);
    const tookMs: number[] = [];
    while (logOf(2, "old").logEndOffset < 300) {
      const produced = cluster.broker(1).produce("orders", ["live"]);
      const beganMs = cluster.clock.monotonicMs();
      while (produced.outcome === null) await cluster.clock.advanceAsync(1);
      tookMs.push(cluster.clock.monotonicMs() - beganMs);
    }
    expect(tookMs.length).toBeGreaterThan(3);
    // One way back: the record never waits behind the window of the other partition.
    expect(Math.max(...tookMs)).toBeLessThanOrEqual(10);
  });
});

describe("who speaks on a stream (rule 2)", () => {
  const hello = { kind: "hello", brokerId: 2, brokerEpoch: 1000n, incarnation: "spec", expectedLeaderId: 1 } as const;
  const dial = async (changes: Partial<typeof hello>) => {
    const peer = cluster.network.transport("spec").connect({ host: "host-1", port: 9000 });
    const stream = peer.replicate();
    const seen: string[] = [];
    stream.onMessage(({ kind }) => seen.push(kind));
    stream.onEnd(({ kind }) => seen.push(kind));
    stream.send({ ...hello, ...changes } as typeof hello);
    await cluster.settle();
    return { stream, seen };
  };

  it("is sent away when it meant another broker, or comes from a follower's past", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    expect((await dial({ expectedLeaderId: 3 as 1 })).seen).toEqual(["closedByPeer"]);
    expect((await dial({ brokerEpoch: 1n as 1000n })).seen).toEqual(["closedByPeer"]);
    expect(cluster.broker(1).partition("orders").leader?.attachedFollowers).toBe(1);
  });

  it("ends the stream of the incarnation before, whose acknowledgements say nothing any more", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    cluster.network.stall("broker-1", "broker-2");
    await produce(1, ["b"], { acks: 1 });
    const { seen } = await dial({});
    expect(seen).toEqual(["welcome"]);
    const { leader } = cluster.broker(1).partition("orders");
    expect(leader?.attachedFollowers).toBe(0);
    // Its position is unknown until it attaches: nothing is committed on the strength of another process's word.
    expect([...(leader?.readableFollowers() ?? [])]).toEqual([]);
    expect(logOf(1).highWatermark).toBe(1);
  });

  it("ends the stream that the same incarnation had before: one speaks for a follower at a time", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    cluster.network.stall("broker-1", "broker-2");
    const { seen } = await dial({ brokerEpoch: cluster.broker(2).info.epoch as 1000n });
    expect(seen).toEqual(["welcome"]);
    expect(cluster.broker(1).partition("orders").leader?.attachedFollowers).toBe(0);
  });

  it("is hung up on when it says nothing", async () => {
    await open([1]);
    const peer = cluster.network.transport("spec").connect({ host: "host-1", port: 9000 });
    const seen: string[] = [];
    peer.replicate().onEnd(({ kind }) => seen.push(kind));
    await cluster.settle(4999);
    expect(seen).toEqual([]);
    await cluster.settle(2);
    expect(seen).toHaveLength(1);
  });
});

describe("the ISR", () => {
  it("takes in a follower that rejoins under load, within the lag time, and the high watermark waits for it meanwhile (rejoin-under-load)", async () => {
    await open([1, 2], { "min.insync.replicas": "1" });
    await lead("orders", { leader: 1, isr: [1], replicas: [1, 2], tell: [1] });
    cluster.network.setDelay("broker-1", "broker-2", 3);
    cluster.network.setDelay("broker-2", "broker-1", 3);
    cluster.tell(cluster.state("orders"), [2]);
    let joinedAfterMs = -1;
    for (let atMs = 0; atMs < 1000 && joinedAfterMs < 0; atMs++) {
      cluster.broker(1).produce("orders", [`${atMs}`], { acks: 1 });
      await cluster.clock.advanceAsync(1);
      cluster.agree();
      if (cluster.state("orders").isr.includes(2)) joinedAfterMs = atMs;
    }
    expect(joinedAfterMs).toBeGreaterThan(0);
    expect(joinedAfterMs).toBeLessThan(100);
    expect(logOf(1).highWatermark).toBeLessThanOrEqual(logOf(2).logEndOffset);
  });

  it("loses a follower that does not answer for replica.lag.time.max.ms, and acks=all goes on without it", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    cluster.network.isolate("broker-3", ["broker-1", "broker-2"]);
    const produced = await produce(1, ["b"]);
    await cluster.settle(30_000);
    expect(cluster.agree()).toBe(0);
    await cluster.settle(15_001);
    expect(cluster.agree()).toBe(1);
    await cluster.settle();
    expect(cluster.state("orders").isr).toEqual([1, 2]);
    expect(produced.outcome).toMatchObject({ error: "NONE" });
  });

  it("stays as it is when the first record comes after an hour without any", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    await cluster.settle(3_600_000);
    cluster.network.setDelay("broker-2", "broker-1", 20);
    cluster.broker(1).produce("orders", ["b"]);
    await cluster.settle(10);
    cluster.broker(1).partition("orders").onLagCheck();
    expect(cluster.broker(1).proposals).toEqual([]);
  });

  it.each([
    ["just before it would have looked for followers that lag", 4_990],
    ["just after it has", 5_010],
    ["in between", 7_000],
  ])(
    "is not shrunk by a leader that stood still for longer than the lag time, %s (leader-pause-shrink)",
    async (_, atMs) => {
      const lagging = { "min.insync.replicas": "1", "replica.lag.time.max.ms": "10000" };
      cluster = new ReplicatedPartitions(lagging);
      const process = new SimulatedProcess("leader", cluster.clock);
      await cluster.start(1, { processClock: process.clock });
      await cluster.start(2);
      await lead("orders", { leader: 1 });
      await cluster.settle(atMs - cluster.clock.monotonicMs());
      // What the follower says to this one waits in the leader's socket meanwhile.
      cluster.network.stall("broker-2", "broker-1");
      await produce(1, ["a"], { acks: 1 });
      process.pause();
      await cluster.settle(12_000);
      process.resume();
      await cluster.settle();
      expect(cluster.broker(1).proposals.length).toBe(0);
      // Nor by less than the lag time after that; then the silence is the follower's own.
      await cluster.settle(9_900);
      expect(cluster.broker(1).proposals.length).toBe(0);
      await cluster.settle(5_200);
      expect(cluster.broker(1).proposals.length).toBeGreaterThan(0);
      cluster.network.heal("broker-2", "broker-1");
    },
  );

  it("is proposed again when a new session stands, and a refused candidate not before a second is over", async () => {
    await open([1, 2], { "min.insync.replicas": "1" });
    await lead("orders", { leader: 1, isr: [1], replicas: [1, 2] });
    const { proposals, manager } = cluster.broker(1);
    const partition = cluster.broker(1).partition("orders");
    expect(proposals).toHaveLength(1);
    manager.sessionOpened();
    expect(proposals).toHaveLength(2);
    expect(proposals[1]?.proposal).toBe(proposals[0]?.proposal);
    const refused = proposals.splice(0)[0]?.proposal;
    if (refused === undefined) throw new Error("nothing was proposed");
    partition.onProposalOutcome(refused, { ...cluster.state("orders"), error: "INELIGIBLE_REPLICA" });
    await produce(1, ["a"], { acks: 1 });
    expect(proposals).toEqual([]);
    await cluster.settle(999);
    expect(proposals).toEqual([]);
    await cluster.settle(6);
    expect(proposals).toHaveLength(1);
  });

  it("is what it was when a proposal is refused for good, and the high watermark waits no longer for who was to join", async () => {
    for (const error of ["INELIGIBLE_REPLICA", "INVALID_REQUEST"] as const) {
      await open([1, 2], { "min.insync.replicas": "1" });
      await lead("orders", { leader: 1, isr: [1], replicas: [1, 2] });
      const proposal = cluster.broker(1).proposals[0]?.proposal;
      if (proposal === undefined) throw new Error("nothing was proposed");
      cluster.kill(2);
      await cluster.settle();
      const produced = await produce(1, ["a"]);
      expect(produced.outcome).toBeNull();
      cluster
        .broker(1)
        .partition("orders")
        .onProposalOutcome(proposal, { ...cluster.state("orders"), error });
      expect(produced.outcome).toMatchObject({ error: "NONE" });
      await cluster.close();
    }
  });

  it("is not changed by a controller older than the one that elected the leader (zombie-controller-yes)", async () => {
    await open([1, 2], { "min.insync.replicas": "1" });
    await lead("orders", { leader: 1, isr: [1], replicas: [1, 2] });
    const partition = cluster.broker(1).partition("orders");
    const proposal = cluster.broker(1).proposals[0]?.proposal;
    if (proposal === undefined) throw new Error("nothing was proposed");
    const yes = { ...cluster.state("orders"), isr: [1, 2], partitionEpoch: 1, error: "NONE" as const };
    partition.onProposalOutcome(proposal, { ...yes, controllerEpoch: 0 });
    expect(partition.leader?.isr).toEqual([1]);
    partition.onProposalOutcome(proposal, { ...yes, controllerEpoch: 1 });
    expect(partition.leader?.isr).toEqual([1, 2]);
  });
});

describe("a change of leader", () => {
  it("keeps what was committed and cuts what only the old leader's followers had (failover-mid-push)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["committed"]);
    // Broker 2 gets nothing more, broker 3 does, and neither's word comes back.
    cluster.network.stall("broker-1", "broker-2");
    cluster.network.stall("broker-3", "broker-1");
    const lost = await produce(1, ["on 1 and 3 alone"]);
    expect(ends()).toEqual([2, 1, 2]);
    await lead("orders", { leader: 2, tell: [2, 3] });
    expect(ends()).toEqual([2, 1, 1]);
    await produce(2, ["next"]);
    cluster.network.heal("broker-1", "broker-2");
    cluster.network.heal("broker-3", "broker-1");
    await cluster.settle(100);
    // Whatever arrived late, the old leader committed nothing.
    expect(logOf(1).highWatermark).toBe(1);
    expect(lost.outcome).toBeNull();
    cluster.tell(cluster.state("orders"), [1]);
    expect(lost.outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
    await cluster.settle(100);
    expect(ends()).toEqual([2, 2, 2]);
    expectEqualBytes();
    expect(highWatermarks()).toEqual([2, 2, 2]);
  });

  it("drops an acknowledgement from before, though the same broker leads again (late-ack-old-attach)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["committed"]);
    cluster.network.stall("broker-1", "broker-2");
    cluster.network.stall("broker-3", "broker-1");
    await produce(1, ["cut off later"]);
    await lead("orders", { leader: 2 });
    expect(ends()).toEqual([2, 1, 1]);
    cluster.network.heal("broker-1", "broker-2");
    await cluster.settle(3000);
    await lead("orders", { leader: 1, isr: [1, 2, 3] });
    const next = await produce(1, ["next"]);
    // The follower's old acknowledgement of offset 2 comes now, if at all.
    cluster.network.heal("broker-3", "broker-1");
    await cluster.settle();
    expect(logOf(1).highWatermark).toBeLessThanOrEqual(Math.min(...ends()));
    await cluster.settle(3000);
    expect(next.outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
    expectEqualBytes();
  });

  it("in the tick in which a follower appended has nothing acknowledged that the next leader cuts off (ack-in-truncating-tick)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["committed"]);
    cluster.network.stall("broker-1", "broker-2");
    const log = logOf(3);
    const append = log.appendAsFollower.bind(log);
    jest.spyOn(log, "appendAsFollower").mockImplementationOnce((...pushed) => {
      // Before this tick's acknowledgements leave.
      cluster.clock.afterTick(() => cluster.elect("orders", { leader: 2, tell: [2, 3] }));
      return append(...pushed);
    });
    const lost = await produce(1, ["on 1 and 3 alone"]);
    expect(ends()).toEqual([2, 1, 1]);
    const next = await produce(2, ["next"]);
    // Neither leader was told of an offset that this follower does not hold.
    expect([logOf(1).highWatermark, logOf(2).highWatermark]).toEqual([1, 1]);
    expect([lost.outcome, next.outcome]).toEqual([null, null]);
    cluster.network.heal("broker-1", "broker-2");
    cluster.tell(cluster.state("orders"), [1]);
    await cluster.settle(3000);
    expect(lost.outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
    expect(next.outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
    expectEqualBytes();
  });

  it("lowers an acknowledgement that has not left yet, whatever cuts the log: it says what the log holds then", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    await produce(1, ["committed"]);
    const follower = cluster.broker(2).partition("orders");
    const append = follower.log.appendAsFollower.bind(follower.log);
    jest.spyOn(follower.log, "appendAsFollower").mockImplementationOnce((...pushed) => {
      cluster.clock.afterTick(() => follower.cutTo(1));
      return append(...pushed);
    });
    const waiting = await produce(1, ["cut off once"]);
    expect(logOf(2).logEndOffset).toBe(1);
    expect([logOf(1).highWatermark, waiting.outcome]).toEqual([1, null]);
    // What comes next does not continue the log as it is now: the follower asks again, and gets both.
    expect((await produce(1, ["next"])).outcome).toMatchObject({ error: "NONE" });
    expect(waiting.outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
    expectEqualBytes();
  });

  it("drops pushes of the epoch before that arrive after it (late-push-after-truncation)", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    cluster.network.setDelay("broker-1", "broker-2", 50);
    cluster.broker(1).produce("orders", ["b"]);
    await cluster.settle(10);
    // Still under way when both hear of the next epoch of the same leader.
    await lead("orders", { leader: 1 });
    const next = cluster.broker(1).produce("orders", ["c"]);
    await cluster.settle(40);
    expect(logOf(2).logEndOffset).toBe(1);
    await cluster.settle(500);
    expect(next.outcome).toMatchObject({ error: "NONE", baseOffset: 2 });
    expectEqualBytes();
  });

  it("keeps waiting produces where the leader stays, and fails them where it goes", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    cluster.network.stall("broker-2", "broker-1");
    const waiting = await produce(1, ["a"]);
    cluster.network.heal("broker-2", "broker-1");
    cluster.elect("orders", { leader: 1 });
    expect(waiting.outcome).toBeNull();
    await cluster.settle(100);
    expect(waiting.outcome).toMatchObject({ error: "NONE" });
    cluster.network.stall("broker-2", "broker-1");
    const failing = await produce(1, ["b"]);
    cluster.elect("orders", { leader: 2 });
    expect(failing.outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
  });

  it("is judged again in the step that writes (role-change-in-append-tick)", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    const collected = cluster.broker(1).produce("orders", ["a"]);
    cluster.elect("orders", { leader: 2 });
    await cluster.settle();
    expect(collected.outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
    expect(ends("orders", [1, 2])).toEqual([0, 0]);
  });

  it("joins a follower that hears of it first, and one that hears of it last (attach-before-leader)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    await lead("orders", { leader: 1, tell: [2] });
    // The leader has heard of a later epoch than its own: it appends nothing until it is told what that means.
    expect((await produce(1, ["refused"])).outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
    cluster.tell(cluster.state("orders"), [1]);
    await cluster.settle();
    expect(cluster.broker(2).partition("orders").follower?.state.kind).toBe("attached");
    expect(cluster.broker(1).partition("orders").leader?.attachedFollowers).toBe(1);
    cluster.tell(cluster.state("orders"), [3]);
    await cluster.settle();
    expect((await produce(1, ["b"])).outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
    expectEqualBytes();
  });

  it("tells the leader that is left (rule 11), so that it appends nothing more, for any acks", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await lead("orders", { leader: 2, tell: [2, 3] });
    expect((await produce(1, ["a"], { acks: 1 })).outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
  });

  it("never shows a consumer of a follower what the leader has not confirmed there (hw-before-attach)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["committed"]);
    cluster.network.isolate("broker-1", ["broker-2"]);
    cluster.network.stall("broker-3", "broker-1");
    // Broker 3 has a suffix of its own that nobody committed.
    await produce(1, ["x"]);
    await produce(1, ["y"]);
    expect(logOf(3).logEndOffset).toBe(3);
    cluster.network.stall("broker-2", "broker-3");
    cluster.network.isolate("broker-1", ["broker-3"]);
    await lead("orders", { leader: 2, isr: [2], tell: [2, 3] });
    cluster.broker(2).topicConfigs.setOverrides("orders", { "min.insync.replicas": "1" });
    await produce(2, ["p"], { acks: 1 });
    await produce(2, ["q"], { acks: 1 });
    expect(logOf(2).highWatermark).toBe(3);
    expect(logOf(3).highWatermark).toBe(1);
    const seen: number[] = [];
    cluster
      .broker(3)
      .partition("orders")
      .watch({
        onCommitted: () => seen.push(logOf(3).highWatermark),
        onChanged: () => {},
      });
    cluster.network.heal("broker-2", "broker-3");
    await cluster.settle(100);
    expect(logOf(3).highWatermark).toBe(3);
    expect(cluster.bytes("orders").get(3)).toBe(cluster.bytes("orders").get(2));
    expect(seen.length).toBeGreaterThan(0);
  });

  it("never lowers a follower's high watermark, whatever a stream from before still says (hw-reorder)", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    const follower = cluster.broker(2).partition("orders");
    follower.followProgress(0, 0);
    expect(logOf(2).highWatermark).toBe(1);
    follower.followProgress(99, 0);
    expect(logOf(2).highWatermark).toBe(1);
  });
});

describe("logs that differ", () => {
  it("become equal over three leaders with tails of their own, and empty epochs between (epochs-kip101-279)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    const others = (id: number) => [1, 2, 3].filter((other) => other !== id).map((other) => `broker-${other}`);
    // Each leads alone for a while, and appends what no one else gets.
    for (const id of [1, 2, 3]) {
      cluster.network.isolate(`broker-${id}`, others(id));
      await lead("orders", { leader: id, tell: [id] });
      for (let count = 0; count < id; count++) await produce(id, [`of ${id}`], { acks: 1 });
      cluster.network.rejoin(`broker-${id}`, others(id));
    }
    // An epoch in which nothing was written.
    await lead("orders", { leader: 2, tell: [2] });
    const last = await lead("orders", { leader: 1 });
    await cluster.settle(5000);
    expectEqualBytes();
    expect(ends()).toEqual([2, 2, 2]);
    expect((await produce(1, ["z"])).outcome).toMatchObject({ error: "NONE", baseOffset: 2 });
    expect(logOf(3).lastEpoch).toBe(last.leaderEpoch);
    await lead("orders", { leader: 3 });
    expect((await produce(3, ["end"])).outcome).toMatchObject({ error: "NONE", baseOffset: 3 });
    expectEqualBytes();
  });

  it("become equal after restarts too", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    cluster.network.stall("broker-1", "broker-2");
    cluster.network.stall("broker-1", "broker-3");
    await produce(1, ["nobody else has it"], { acks: 1 });
    cluster.kill(1);
    await lead("orders", { leader: 2, isr: [2, 3] });
    await produce(2, ["b"]);
    cluster.network.heal("broker-1", "broker-2");
    await cluster.start(1);
    cluster.tell(cluster.state("orders"), [1]);
    await cluster.settle(100);
    expect(ends()).toEqual([2, 2, 2]);
    expectEqualBytes();
    cluster.agree();
    expect(cluster.state("orders").isr).toEqual([2, 3, 1]);
  });

  it("take a replica out of the ISR at once that lost what it acknowledged (lost-tail-unnoticed)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    await produce(1, ["b"]);
    cluster.kill(3);
    await cluster.settle();
    cluster.broker(3).disk.remove("/data/logs/orders-0/00000000000000000000.log");
    await cluster.start(3);
    cluster.tell({ ...cluster.state("orders"), isNew: false }, [3]);
    await cluster.settle();
    expect(cluster.broker(1).proposals.map(({ proposal }) => proposal.isr.map(({ brokerId }) => brokerId))).toEqual([
      [1, 2],
    ]);
    expect(logOf(1).highWatermark).toBe(2);
    cluster.agree();
    await cluster.settle();
    cluster.agree();
    await cluster.settle();
    expect(cluster.state("orders").isr).toEqual([1, 2, 3]);
    expectEqualBytes();
  });

  it("of a topic made again under its name never mix (recreate-topic)", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    cluster.network.setDelay("broker-1", "broker-2", 50);
    cluster.network.setDelay("broker-2", "broker-1", 50);
    cluster.broker(1).produce("orders", ["of the old one"], { acks: 1 });
    await cluster.settle(60);
    const old = cluster.state("orders");
    for (const id of [1, 2]) cluster.broker(id).stopReplica(old);
    cluster.elect("orders", { leader: 1, topicId: "bmV3LXRvcGljLWlkLWhlcg", replicas: [1, 2] });
    await cluster.settle(30);
    expect(ends("orders", [1, 2])).toEqual([0, 0]);
    await cluster.settle(1000);
    expect(highWatermarks("orders", [1, 2])).toEqual([0, 0]);
    const produced = cluster.broker(1).produce("orders", ["of the new one"]);
    await cluster.settle(300);
    expect(produced.outcome).toMatchObject({ error: "NONE", baseOffset: 0 });
    expectEqualBytes();
  });
});

describe("a disk that refuses", () => {
  it("fails every batch of the tick, and nothing of it is pushed (write-error-mid-tick)", async () => {
    await open();
    await lead("orders", { leader: 1 });
    await produce(1, ["a"]);
    cluster.broker(1).disk.inject({ operation: "write", pathContains: ".log", code: "EIO", times: 1 });
    const five = ["1", "2", "3", "4", "5"].map((value) => cluster.broker(1).produce("orders", [value]));
    await cluster.settle(100);
    expect(five.map(({ outcome }) => outcome?.error)).toEqual(Array(5).fill("KAFKA_STORAGE_ERROR"));
    expect(logOf(1).offline).not.toBeNull();
    expect([logOf(2).logEndOffset, logOf(3).logEndOffset]).toEqual([1, 1]);
    await lead("orders", { leader: 2, isr: [2, 3], tell: [2, 3] });
    expect((await produce(2, ["b"])).outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
  });

  it("takes a follower out without an acknowledgement of what it could not write", async () => {
    await open();
    await lead("orders", { leader: 1 });
    cluster.broker(3).disk.inject({ operation: "write", pathContains: ".log", code: "EIO", times: 1 });
    const produced = await produce(1, ["a"]);
    expect(produced.outcome).toBeNull();
    expect(logOf(1).highWatermark).toBe(0);
    await cluster.settle(45_001);
    cluster.agree();
    expect(cluster.state("orders").isr).toEqual([1, 2]);
    expect(produced.outcome).toMatchObject({ error: "NONE" });
  });
});

describe("a retry", () => {
  it("of a batch that waits, waits too (duplicate-waits)", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    cluster.network.stall("broker-2", "broker-1");
    const idempotent = { producerId: 7n, producerEpoch: 0, baseSequence: 0 };
    const first = cluster.broker(1).produce("orders", ["a"], idempotent);
    await cluster.settle();
    const retry = cluster.broker(1).produce("orders", ["a"], idempotent);
    await cluster.settle();
    expect([first.outcome, retry.outcome]).toEqual([null, null]);
    cluster.network.heal("broker-2", "broker-1");
    await cluster.settle(100);
    expect(retry.outcome).toMatchObject({ error: "NONE", baseOffset: 0 });
    expect(logOf(1).logEndOffset).toBe(1);
  });

  it("is recognised by the next leader", async () => {
    await open([1, 2], { "min.insync.replicas": "1" });
    await lead("orders", { leader: 1 });
    const batch = (baseSequence: number) => ({ producerId: 7n, producerEpoch: 0, baseSequence });
    for (const sequence of [0, 1, 2, 3, 4]) cluster.broker(1).produce("orders", [`${sequence}`], batch(sequence));
    await cluster.settle();
    cluster.kill(1);
    await lead("orders", { leader: 2, isr: [2], tell: [2] });
    const retries = [0, 1, 2, 3, 4, 5].map((sequence) =>
      cluster.broker(2).produce("orders", [`${sequence}`], batch(sequence)),
    );
    await cluster.settle();
    expect(retries.map(({ outcome }) => [outcome?.error, outcome?.baseOffset])).toEqual(
      [0, 1, 2, 3, 4, 5].map((offset) => ["NONE", offset]),
    );
    expect(logOf(2).logEndOffset).toBe(6);
  });
});

describe("a broker that must not append", () => {
  it("refuses every produce, for any acks, while its guard says so (rules 18 to 20)", async () => {
    const guard = new ServingGuard({ graceMs: () => 2000, zooKeeperSessionTimeoutMs: 18_000, nowMs: 0 });
    cluster = new ReplicatedPartitions({ "min.insync.replicas": "1" });
    await cluster.start(1, { guard });
    await cluster.start(2);
    await lead("orders", { leader: 1 });
    guard.onZooKeeperLost(0);
    await cluster.settle(60_000);
    // A follower is attached: it would tell of another leader.
    expect((await produce(1, ["a"], { acks: 1 })).outcome).toMatchObject({ error: "NONE" });
    cluster.network.refuse("broker-2", "broker-1");
    await cluster.settle();
    expect((await produce(1, ["b"], { acks: 1 })).outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
    guard.onZooKeeperConnected(60_000);
    expect((await produce(1, ["c"], { acks: 1 })).outcome).toMatchObject({ error: "NONE", baseOffset: 1 });
    guard.onRegistrationLost();
    expect((await produce(1, ["d"], { acks: 1 })).outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
  });

  it("that leaves takes nothing more, and waits until all it has is committed (rule 38)", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    cluster.network.stall("broker-2", "broker-1");
    const waiting = await produce(1, ["a"]);
    let drained: boolean | null = null;
    const draining = cluster
      .broker(1)
      .manager.drain(1000, new AbortController().signal)
      .then((isDrained) => {
        drained = isDrained;
      });
    expect((await produce(1, ["b"])).outcome).toMatchObject({ error: "NOT_LEADER_OR_FOLLOWER" });
    await cluster.settle(500);
    expect(drained).toBeNull();
    cluster.network.heal("broker-2", "broker-1");
    await cluster.settle(20);
    await draining;
    expect(drained).toBe(true);
    expect(waiting.outcome).toMatchObject({ error: "NONE" });
  });

  it("gives up waiting when its time is over", async () => {
    await open([1, 2]);
    await lead("orders", { leader: 1 });
    cluster.network.stall("broker-2", "broker-1");
    await produce(1, ["a"]);
    const draining = cluster.broker(1).manager.drain(1000, new AbortController().signal);
    await cluster.settle(1000);
    expect(await draining).toBe(false);
  });
});
