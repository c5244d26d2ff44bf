import { ControllerHarness, placed } from "./testing/controller-harness";

const WAIT = { timeoutMs: 5_000 };
const GRACE_MS = 2_000;

/** Brokers 1 to `count`, controller on 1, and topic t with a partition for each list of replicas. */
async function cluster(
  count: number,
  partitions: readonly (readonly number[])[],
  options: { readonly configs?: Record<string, string>; readonly rebalance?: boolean } = {},
) {
  const harness = new ControllerHarness();
  const config = { autoLeaderRebalanceEnable: options.rebalance === true };
  const network = await harness.cluster(count, { config });
  await harness.now(harness.active.createTopics([placed("t", partitions, options.configs)], WAIT, harness.signal));
  return { harness, network };
}

/** How often a partition's state has been given another leader since `from`. */
function elections(harness: ControllerHarness, from: number): number {
  return harness.ensemble.transactions
    .slice(from)
    .flatMap(({ operations }) => operations)
    .filter((operation) => operation.kind === "set" && operation.path.endsWith("/partitions/0/state")).length;
}

/** Who led, by each state written since `from`. */
function leadersSince(harness: ControllerHarness, from: number): number[] {
  return harness.ensemble.transactions
    .slice(from)
    .flatMap(({ operations }) => operations)
    .flatMap((operation) =>
      operation.kind === "set" && operation.path.endsWith("/partitions/0/state")
        ? [(JSON.parse(operation.data.toString()) as { leader: number }).leader]
        : [],
    );
}

describe("a broker that is killed", () => {
  it("loses its leaderships and its places in ISRs at once, long before its session expires", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1], [3, 2, 1]]); // biome-ignore format: one line reads as one topic
    network.kill(2);
    await harness.after(100);
    expect(harness.state("t", 0)).toMatchObject({ leader: 3, isr: [3, 1], leader_epoch: 1 });
    // The leader stays, and with it the epoch (rule 29).
    expect(harness.state("t", 1)).toMatchObject({ leader: 3, isr: [3, 1], leader_epoch: 0 });
    expect(harness.ensemble.paths()).toContain("/brokers/ids/2");
  });

  it("is not taken for dead when it has only lost its session, and opens another one", async () => {
    const { harness, network } = await cluster(3, [[2, 3]]);
    const before = network.process(2).session;
    before?.end.close();
    network.process(2).session = null;
    await harness.after(5_000);
    expect(network.process(2).session).not.toBe(before);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2, 3], leader_epoch: 0 });
  });

  it("that comes back as another process gets everything, and joins no ISR by that", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]]);
    network.kill(2);
    await harness.after(100);
    harness.channel.sent.length = 0;
    await harness.broker(2);
    await harness.after(100);
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3, 1] });
    const [full] = harness.channel.to(2, "leaderAndIsr");
    expect(full).toMatchObject({ full: true, tailSettled: true, partitions: [{ leader: 3, leaderEpoch: 1 }] });
  });
});

describe("leader-restarts-fast: a leader killed and back before anybody noticed", () => {
  it("does not lead in the old epoch", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]]);
    network.kill(2);
    await harness.broker(2);
    await harness.after(100);
    const { leader, leader_epoch: epoch } = harness.state("t");
    expect(epoch).toBe(1);
    expect([2, 3]).toContain(leader);
  });
});

describe("hung-broker: a broker that connects and does not answer", () => {
  it("keeps what it has until its session expires; then others lead", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]]);
    network.pause(2);
    network.process(2).session?.end.close();
    await harness.after(5_000);
    expect(harness.state("t")).toMatchObject({ leader: 2, leader_epoch: 0 });
    harness.ensemble.expire(network.process(2).coordination);
    await harness.after(100);
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3, 1], leader_epoch: 1 });
  });
});

describe("lone-suspect: the only member of an ISR, suspected, though unclean elections are allowed", () => {
  it("is not touched until its session expires", async () => {
    const configs = { "unclean.leader.election.enable": "true" };
    const { harness, network } = await cluster(3, [[2, 3]], { configs });
    const identity = { topic: "t", topicId: topicIdOf(harness), partition: 0 };
    await harness.now(
      network.propose(2, { ...identity, leaderEpoch: 0, partitionEpoch: 0, isr: [2], recovering: false }),
    );
    network.kill(2);
    await harness.after(3_000);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2], leader_epoch: 0 });

    await harness.untilSessionsExpire();
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3], leader_epoch: 1, leader_recovery_state: 1 });
  });

  it("suspect-new-topic: is neither leader nor in sync of a topic made meanwhile", async () => {
    const { harness, network } = await cluster(3, [[2, 3]]);
    network.kill(2);
    await harness.after(100);
    await harness.now(harness.active.createTopics([placed("u", [[2, 3, 1]])], WAIT, harness.signal));
    expect(harness.state("u")).toMatchObject({ leader: 3, isr: [3, 1] });
  });
});

describe("dead-candidate: a leader and the first candidate die at once", () => {
  it("costs no epoch for the dead candidate", async () => {
    const { harness, network } = await cluster(4, [[2, 3, 4]]);
    network.kill(2, 3);
    await harness.after(200);
    // Two of four are in touch, which is no majority: nothing is done before one of the sessions has expired.
    expect(harness.state("t")).toMatchObject({ leader: 2, leader_epoch: 0 });
    await harness.untilSessionsExpire();
    expect(harness.state("t")).toMatchObject({ leader: 4, leader_epoch: 1, isr: [4] });
  });
});

describe("two-of-three-killed, the controller left", () => {
  it("leads everything at once when the kernel proves both deaths", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]]);
    network.sameMachine = true;
    network.kill(2, 3);
    await harness.after(200);
    expect(harness.state("t")).toMatchObject({ leader: 1, isr: [1] });
  });

  it("waits for a session to expire when they ran elsewhere", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]]);
    network.kill(2, 3);
    await harness.after(3_000);
    expect(harness.state("t")).toMatchObject({ leader: 2, leader_epoch: 0 });
    await harness.untilSessionsExpire();
    expect(harness.state("t")).toMatchObject({ leader: 1, isr: [1], leader_epoch: 1 });
  });
});

describe("two-broker-kill", () => {
  it("lets the survivor lead without waiting", async () => {
    const { harness, network } = await cluster(2, [[2, 1]]);
    network.kill(2);
    await harness.after(200);
    expect(harness.state("t")).toMatchObject({ leader: 1, isr: [1], leader_epoch: 1 });
  });
});

describe("isolated-controller: cut off from all brokers, ZooKeeper within reach", () => {
  it.each(["drop", "refuse"] as const)("changes nothing, and is deposed once (%s)", async (how) => {
    const { harness, network } = await cluster(3, [[2, 3, 1]]);
    const from = harness.ensemble.transactions.length;
    network.isolate(1, how);
    await harness.after(GRACE_MS / 2);
    if (how === "drop") expect(writesBy(harness, 1, from)).toEqual([]);
    await harness.after(60_000);
    expect(writesBy(harness, 1, from)).toEqual([]);
    expect(harness.ensemble.textAt("/controller_epoch")).toBe("2");
    expect(network.process(1).controller?.isActive).toBe(false);
    expect([2, 3]).toContain(harness.active.controllerId);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [2, 3] });
  });
});

describe("triangle-cut: only the controller and one broker cannot see each other, for ten minutes", () => {
  it("leaves one controller, takes that broker's leaderships and ISRs once, and gives them back after healing", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]], { rebalance: true });
    const from = harness.ensemble.transactions.length;
    network.cut(1, 2);
    await harness.after(600_000);
    expect(harness.ensemble.textAt("/controller_epoch")).toBe("1");
    expect(harness.state("t")).toMatchObject({ leader: 3, isr: [3, 1], leader_epoch: 1 });
    expect(elections(harness, from)).toBe(1);

    // Its follower is in touch with the leader all the time: it may join as soon as the controller sees it again.
    const propose = () =>
      network.propose(3, {
        topic: "t",
        topicId: topicIdOf(harness),
        partition: 0,
        leaderEpoch: 1,
        partitionEpoch: 1,
        isr: [3, 1, 2],
        recovering: false,
      });
    expect(await harness.now(propose())).toMatchObject({ partitions: [{ error: "INELIGIBLE_REPLICA" }] });
    network.heal(1, 2);
    await harness.after(200);
    expect(await harness.now(propose())).toMatchObject({ partitions: [{ error: "NONE", isr: [3, 1, 2] }] });
    expect(harness.state("t").leader).toBe(3);
    await harness.after(15_000);
    expect(harness.state("t")).toMatchObject({ leader: 2, isr: [3, 1, 2], leader_epoch: 2 });
  });
});

describe("link-flap: the way between controller and a broker is down 3 s, up 3 s, for ten minutes", () => {
  it("moves the leadership once, and back when the link has held for as long as the hold-down has become", async () => {
    const { harness, network } = await cluster(3, [[2, 3, 1]], { rebalance: true });
    const from = harness.ensemble.transactions.length;
    for (let round = 0; round < 100; round++) {
      network.cut(1, 2);
      await harness.after(3_000);
      network.heal(1, 2);
      await harness.after(200);
      const now = JSON.parse(harness.ensemble.textAt("/brokers/topics/t/partitions/0/state") ?? "");
      if (!now.isr.includes(2)) await rejoin(harness, 2);
      await harness.after(2_800);
    }
    const moves = () => leadersSince(harness, from).filter((leader, index, all) => leader !== all[index - 1]);
    expect(moves()).toEqual([3]);
    await harness.after(50_000);
    expect(moves()).toEqual([3]);
    await harness.after(10_000);
    expect(moves()).toEqual([3, 2]);
  }, 60_000);
});

/** The leader has seen the broker catch up, and proposes it. */
async function rejoin(harness: ControllerHarness, id: number): Promise<void> {
  const { network } = harness;
  const { leader, isr, leader_epoch: leaderEpoch } = harness.state("t");
  const version = harness.channel.to(leader, "leaderAndIsr").at(-1)?.partitions[0]?.partitionEpoch ?? 0;
  const reply = await harness.now(
    proposer(harness, leader).alterPartition({
      partitions: [
        {
          topic: "t",
          topicId: topicIdOf(harness),
          partition: 0,
          leaderEpoch,
          partitionEpoch: version,
          isr: [...isr, id].map((brokerId) => ({ brokerId, brokerEpoch: network.process(brokerId).brokerEpoch })),
          recovering: false,
        },
      ],
    }),
  );
  expect(reply).toMatchObject({ partitions: [{ error: "NONE" }] });
}

function proposer(harness: ControllerHarness, id: number) {
  const { session, brokerEpoch, incarnation } = harness.network.process(id);
  if (session !== null) return session.end;
  const own = harness.active.sessionOpened(
    { brokerId: id, brokerEpoch, incarnation },
    { end() {}, withoutZooKeeper() {} },
  );
  if ("refused" in own) throw new Error(own.refused);
  return own;
}

function topicIdOf(harness: ControllerHarness): string {
  return (harness.json("/brokers/topics/t") as { topic_id: string }).topic_id;
}

/** Paths that a broker's session has written, its registration left out. */
function writesBy(harness: ControllerHarness, id: number, from: number): string[] {
  return harness.ensemble.transactions
    .slice(from)
    .filter(({ by }) => by === `broker-${id}`)
    .flatMap(({ operations }) => operations.filter(({ kind }) => kind !== "check").map(({ path }) => path));
}
