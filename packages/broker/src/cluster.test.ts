import { RunningCluster, type RunningClusterOptions } from "./testing/running-cluster";

let cluster: RunningCluster;
afterEach(() => cluster.close());

async function threeBrokers(options: RunningClusterOptions = {}): Promise<void> {
  cluster = await RunningCluster.start(options);
}

const inSync = (topic: string): number => cluster.state(topic).isr.length;

/** Brokers that run, but for these. */
const others = (...ids: readonly (number | null)[]): number[] => cluster.running.filter((id) => !ids.includes(id));

describe("three brokers", () => {
  beforeEach(() => threeBrokers());

  it("acknowledge with acks=all what all three have", async () => {
    await cluster.create("orders", [1, 2, 3]);
    await cluster.produce("orders", "a");
    for (const id of cluster.running)
      expect(cluster.broker(id).services.partitions.get("orders", 0)?.log.logEndOffset).toBe(1);
    expect(await cluster.consume("orders")).toEqual(["a"]);
  });

  it("make a topic for the first who asks any of them for it", async () => {
    for (const id of cluster.running)
      await cluster.until(`broker ${id} has its topic made`, () => cluster.asksFor(id, `by-${id}`));
  });

  it("give out producer ids that no two of them share", async () => {
    const { signal } = new AbortController();
    const ids = await Promise.all(cluster.running.map((id) => cluster.broker(id).services.producerIds.next(signal)));
    expect(ids.map(({ error }) => error)).toEqual(["NONE", "NONE", "NONE"]);
    expect(new Set(ids.map((outcome) => (outcome.error === "NONE" ? outcome.producerId : -1n))).size).toBe(3);
  });
});

describe("a leader that is killed", () => {
  it("is followed by a member of the ISR within a second, which has every acknowledged record; back, it joins the ISR again", async () => {
    await threeBrokers();
    const leader = others(cluster.controllerId)[0] ?? 0;
    await cluster.create("orders", [leader, ...others(leader)]);
    await cluster.produce("orders", "before");
    await cluster.kill(leader);
    expect(await cluster.produce("orders", "after")).toBeLessThan(1000);
    expect(cluster.state("orders").leader).not.toBe(leader);
    expect(cluster.state("orders").isr).not.toContain(leader);
    await cluster.startBroker(leader);
    await cluster.until("all are in sync", () => inSync("orders") === 3);
    expect(await cluster.consume("orders")).toEqual(["before", "after"]);
    await cluster.until("the last record is everywhere", () =>
      cluster.running.every((id) => cluster.broker(id).services.partitions.get("orders", 0)?.log.highWatermark === 2),
    );
  });

  it("and is the controller too is followed in both duties within a second", async () => {
    await threeBrokers();
    const both = cluster.controllerId ?? 0;
    await cluster.create("orders", [both, ...others(both)]);
    await cluster.produce("orders", "before");
    await cluster.kill(both);
    expect(await cluster.produce("orders", "after")).toBeLessThan(1000);
    expect(others(both)).toContain(cluster.controllerId);
    expect(await cluster.consume("orders")).toEqual(["before", "after"]);
  });
});

describe("a follower that is killed", () => {
  it("holds no record up for longer than it takes to find out", async () => {
    await threeBrokers();
    const follower = others(cluster.controllerId)[0] ?? 0;
    await cluster.create("orders", [...others(follower), follower]);
    const { leader_epoch: epoch } = cluster.state("orders");
    await cluster.kill(follower);
    expect(await cluster.produce("orders", "a")).toBeLessThan(1000);
    // Clients of the partition notice nothing: the leader stays, and so does its epoch (rule 29).
    expect(cluster.state("orders")).toMatchObject({ leader_epoch: epoch });
    expect(inSync("orders")).toBe(2);
  });
});

describe("two of three brokers killed at once", () => {
  it("on one machine, leave the third to lead at once, by the kernel's word", async () => {
    await threeBrokers({ oneMachine: true });
    await cluster.create("orders", [1, 2, 3], { "min.insync.replicas": "1" });
    await cluster.produce("orders", "before");
    await Promise.all([cluster.kill(1), cluster.kill(2)]);
    expect(await cluster.produce("orders", "after")).toBeLessThan(1500);
    expect(cluster.state("orders")).toMatchObject({ leader: 3, isr: [3] });
    expect(await cluster.consume("orders")).toEqual(["before", "after"]);
  });

  it("on three machines, leave the third without a say until one is back", async () => {
    await threeBrokers();
    const controller = cluster.controllerId ?? 0;
    const [other = 0, survivor = 0] = others(controller);
    await cluster.create("orders", [other, controller, survivor], { "min.insync.replicas": "1" });
    await cluster.produce("orders", "before");
    await Promise.all([cluster.kill(controller), cluster.kill(other)]);
    expect(await cluster.staysSo(1000, () => cluster.state("orders").leader === other)).toBe(true);
    await cluster.startBroker(controller);
    await cluster.produce("orders", "after");
    expect(await cluster.consume("orders")).toEqual(["before", "after"]);
  });
});

describe("a broker whose session the ensemble has ended", () => {
  it("registers again, and is back in every ISR", async () => {
    await threeBrokers();
    const id = others(cluster.controllerId)[0] ?? 0;
    await cluster.create("orders", [id, ...others(id)]);
    await cluster.produce("orders", "before");
    const epoch = cluster.state("orders").leader_epoch;
    cluster.ensemble.expire(cluster.session(id));
    await cluster.until("another leads", () => cluster.state("orders").leader_epoch > epoch);
    await cluster.until("all are in sync again", () => inSync("orders") === 3);
    await cluster.produce("orders", "after");
    expect(await cluster.consume("orders")).toEqual(["before", "after"]);
  });
});

describe("a leader cut off from the controller alone", () => {
  it("loses its leadership, takes nothing more for lost, and comes back when the way is free", async () => {
    await threeBrokers();
    const controller = cluster.controllerId ?? 0;
    const [leader = 0, witness = 0] = others(controller);
    await cluster.create("orders", [leader, witness, controller]);
    await cluster.produce("orders", "before");
    const [a, b] = [cluster.node(leader), cluster.node(controller)];
    cluster.network.refuse(a, b);
    cluster.network.refuse(b, a);
    await cluster.until("another leads", () => cluster.state("orders").leader !== leader);
    await cluster.until("the old leader takes nothing more", async () => {
      const { error } = await cluster.produceTo(leader, "orders", "lost", { acks: 1 });
      return error !== "NONE";
    });
    expect(cluster.controllerId).toBe(controller);
    cluster.network.heal(a, b);
    cluster.network.heal(b, a);
    await cluster.until("all are in sync again", () => inSync("orders") === 3);
    await cluster.produce("orders", "after");
    expect(await cluster.consume("orders")).toEqual(expect.arrayContaining(["before", "after"]));
  });
});

describe("brokers that are stopped and started in turn", () => {
  it("hand over first: no record is refused, none is written twice", async () => {
    await threeBrokers();
    await cluster.create("orders", [1, 2, 3]);
    const sent: string[] = [];
    let isOver = false;
    const load = (async () => {
      for (let i = 0; !isOver; i++) {
        await cluster.produce("orders", `v${i}`);
        sent.push(`v${i}`);
      }
    })();
    for (const id of [1, 2, 3]) {
      await cluster.stop(id);
      await cluster.startBroker(id);
      await cluster.until("all are in sync", () => inSync("orders") === 3);
    }
    isOver = true;
    await load;
    expect(await cluster.consume("orders")).toEqual(sent);
  });
});
